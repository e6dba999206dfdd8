package dev.ringback.server.store.job;

import dev.ringback.server.job.Bucket;
import dev.ringback.server.job.ContentHash;
import dev.ringback.server.job.JobId;
import dev.ringback.server.store.db.Database;
import dev.ringback.server.store.db.Input;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;

/** Which job an idempotency key stands for, while it is kept. */
final class IdempotencyKeys {
  /** How long a key is kept. */
  static final Duration KEPT = Duration.ofHours(24);

  private static final Input<Key> KEYS = keys(key -> key);
  private static final Input<Map.Entry<Key, Entry>> CLAIMED =
      keys(Map.Entry<Key, Entry>::getKey)
          .uuid("job_id", row -> row.getValue().job().value())
          .bytes("content_hash", row -> row.getValue().contentHash());

  // An expired key is taken over in place. The statement waits for the row of a key that another
  // transaction is writing.
  private static final String CLAIM =
      """
      insert into idempotency_keys as k (bucket, project_id, key, job_id, content_hash, expires_at)
      select bucket, project_id, key, job_id, content_hash, now() + ? * interval '1 s'
      from %s
      on conflict (bucket, project_id, key) do update
      set job_id = excluded.job_id, content_hash = excluded.content_hash,
        expires_at = excluded.expires_at
      where k.expires_at <= now()
      """
          .formatted(CLAIMED.rows());

  // A separate statement, since only a later snapshot sees what CLAIM waited for. For "= any
  // (array[…])" see Database.
  static final String READ =
      """
      select k.project_id, k.key, k.job_id, k.content_hash
      from %s
      join idempotency_keys k on k.bucket = any (array[i.bucket])
        and k.project_id = i.project_id and k.key = i.key
      """
          .formatted(KEYS.rows());

  private IdempotencyKeys() {}

  /** A key, which is a project's own. */
  record Key(int projectId, String text) {
    short bucket() {
      return Bucket.of(projectId, text);
    }
  }

  /** What a key stands for. */
  record Entry(JobId job, byte[] contentHash) {
    boolean hasContent(byte[] hash) {
      return ContentHash.matches(contentHash, hash);
    }
  }

  /** Takes the keys that are free for the given entries; answers what each key now stands for. */
  static Map<Key, Entry> claim(Connection connection, Map<Key, Entry> wanted) throws SQLException {
    if (wanted.isEmpty()) {
      return Map.of();
    }
    // Always in the same order, so that two batches that share keys can't wait for each other.
    List<Map.Entry<Key, Entry>> rows =
        wanted.entrySet().stream()
            .sorted(
                Comparator.comparingInt((Map.Entry<Key, Entry> row) -> row.getKey().bucket())
                    .thenComparingInt(row -> row.getKey().projectId())
                    .thenComparing(row -> row.getKey().text()))
            .toList();
    try (var insert = connection.prepareStatement(CLAIM)) {
      insert.setLong(1, KEPT.toSeconds());
      CLAIMED.bind(connection, insert, 2, rows);
      insert.executeUpdate();
    }
    try (var select = connection.prepareStatement(READ)) {
      bind(connection, select, rows.stream().map(Map.Entry::getKey).toList());
      try (ResultSet found = select.executeQuery()) {
        Map<Key, Entry> entries = new HashMap<>();
        while (found.next()) {
          entries.put(
              new Key(found.getInt("project_id"), found.getString("key")),
              new Entry(
                  new JobId(found.getObject("job_id", UUID.class)),
                  found.getBytes("content_hash")));
        }
        return entries;
      }
    }
  }

  /** Sets the parameters of {@link #READ}. */
  static void bind(Connection connection, PreparedStatement statement, List<Key> keys)
      throws SQLException {
    KEYS.bind(connection, statement, 1, keys);
  }

  private static <T> Input<T> keys(Function<T, Key> key) {
    return Input.<T>of()
        .int2("bucket", row -> key.apply(row).bucket())
        .int4("project_id", row -> key.apply(row).projectId())
        .text("key", row -> key.apply(row).text());
  }

  /** Forgets expired keys, up to a limit at a time; answers how many. */
  static int sweep(Database database, int limit) {
    return database.run(connection -> {
      try (var delete =
          connection.prepareStatement(
              // "materialized" is a fence: a plan may run the subquery more than once, and go
              // beyond
              // the limit.
              """
              with expired as materialized (
                select bucket, project_id, key from idempotency_keys
                where expires_at <= now() limit ? for update skip locked
              )
              delete from idempotency_keys k using expired
              where k.bucket = any (array[expired.bucket])
                and k.project_id = expired.project_id and k.key = expired.key
              """)) {
        delete.setInt(1, limit);
        return delete.executeUpdate();
      }
    });
  }
}
