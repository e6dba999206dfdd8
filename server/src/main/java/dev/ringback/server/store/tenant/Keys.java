package dev.ringback.server.store.tenant;

import static dev.ringback.server.store.schema.Tables.API_KEYS;
import static dev.ringback.server.store.schema.Tables.PROJECTS;

import dev.ringback.server.store.db.Database;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jooq.Record;

/**
 * The API keys that open projects. They are stored as hashes.
 *
 * <p>Thread-safe.
 */
public final class Keys {
  // Skips what another node writes at the moment, or what is being revoked: nobody waits for this.
  private static final String NOTE_USE =
      """
      with used as materialized (
        select k.hash, u.prefix
        from unnest(?, ?) as u(hash, prefix) join api_keys k on k.hash = any (array[u.hash])
        where k.last_used_at is null or k.last_used_at < now() - interval '1 min'
        for no key update of k skip locked
      )
      update api_keys k set last_used_at = now(), prefix = used.prefix
      from used where k.hash = any (array[used.hash])
      """;

  private final Database database;
  private final SecureRandom random = new SecureRandom();

  public Keys(Database database) {
    this.database = database;
  }

  /**
   * What a key opens.
   *
   * @param isUseDue whether its use is to be noted, see {@link #noteUse}
   */
  public record Opened(int projectId, boolean isUseDue) {}

  /**
   * Makes the first project unless it is there.
   *
   * @param wanted the key that the setting names; one that was set before no longer opens the
   *     project. Without a setting a key is made, at the very first start only
   * @return the key that was made, to be shown this once
   */
  public Optional<String> bootstrap(Optional<String> wanted) {
    return database.transact(connection -> {
      boolean isNew = Projects.insert(connection, Projects.FIRST);
      Optional<String> made =
          isNew && wanted.isEmpty() ? Optional.of(KeyText.random(random)) : Optional.empty();
      if (wanted.isPresent()) {
        dropSetKeys(connection, wanted.get());
        insert(connection, Projects.FIRST, wanted.get(), true);
      }
      if (made.isPresent()) {
        insert(connection, Projects.FIRST, made.get(), false);
      }
      return made;
    });
  }

  /** Makes a further key for a project, and the project if it is missing. */
  public String create(String project) {
    return database.transact(connection -> {
      Projects.insert(connection, project);
      String key = KeyText.random(random);
      insert(connection, project, key, false);
      return key;
    });
  }

  /**
   * Refuses when keys can't be looked up.
   *
   * @throws dev.ringback.server.store.db.Unavailable soon, when the database is known to be away
   */
  public void require() {
    database.require();
  }

  /** What keys open: for each key in order, empty where it opens nothing. */
  public List<Optional<Opened>> find(List<String> keys) {
    byte[][] hashes = hashes(keys);
    Map<ByteBuffer, Opened> found =
        database.run(connection -> {
          try (var select =
              connection.prepareStatement(
                  """
                  select hash, project_id,
                    last_used_at is null or last_used_at < now() - interval '1 min'
                  from api_keys where hash = any (?)
                  """)) {
            select.setArray(1, connection.createArrayOf("bytea", hashes));
            Map<ByteBuffer, Opened> opened = new HashMap<>();
            try (var rows = select.executeQuery()) {
              while (rows.next()) {
                opened.put(
                    ByteBuffer.wrap(rows.getBytes(1)),
                    new Opened(rows.getInt(2), rows.getBoolean(3)));
              }
            }
            return opened;
          }
        });
    return Stream.of(hashes)
        .map(hash -> Optional.ofNullable(found.get(ByteBuffer.wrap(hash))))
        .toList();
  }

  /**
   * Notes that keys are in use, unless that was done within the last minute, and how they begin,
   * which is not known of keys from before that was kept. Waits for no lock.
   */
  public void noteUse(List<String> keys) {
    database.run(connection -> {
      try (var update = connection.prepareStatement(NOTE_USE)) {
        update.setArray(1, connection.createArrayOf("bytea", hashes(keys)));
        update.setArray(
            2, connection.createArrayOf("text", keys.stream().map(KeyText::prefix).toArray()));
        return update.executeUpdate();
      }
    });
  }

  /** All keys, by project and in the order in which they were made. */
  public List<StoredKey> list() {
    return database.run(connection ->
        Database.sql(connection)
            .select(
                API_KEYS.HASH,
                API_KEYS.PREFIX,
                PROJECTS.NAME,
                API_KEYS.CREATED_AT,
                API_KEYS.LAST_USED_AT,
                API_KEYS.BY_SETTING)
            .from(API_KEYS)
            .join(PROJECTS)
            .on(PROJECTS.ID.eq(API_KEYS.PROJECT_ID))
            .orderBy(PROJECTS.NAME, API_KEYS.CREATED_AT, API_KEYS.HASH)
            .fetch(Keys::stored));
  }

  /** Ends a key; false when it was ended before. */
  public boolean revoke(StoredKey key) {
    return database.run(connection ->
        Database.sql(connection)
                .deleteFrom(API_KEYS)
                .where(API_KEYS.HASH.eq(HexFormat.of().parseHex(key.hash())))
                .execute()
            == 1);
  }

  private static StoredKey stored(Record row) {
    return new StoredKey(
        HexFormat.of().formatHex(row.get(API_KEYS.HASH)),
        Optional.ofNullable(row.get(API_KEYS.PREFIX)),
        row.get(PROJECTS.NAME),
        row.get(API_KEYS.CREATED_AT).toInstant(),
        Optional.ofNullable(row.get(API_KEYS.LAST_USED_AT)).map(OffsetDateTime::toInstant),
        row.get(API_KEYS.BY_SETTING));
  }

  /** Drops the keys of earlier settings, but not the one that is set now. */
  private static void dropSetKeys(Connection connection, String now) throws SQLException {
    try (var delete =
        connection.prepareStatement("delete from api_keys where by_setting and hash <> ?")) {
      delete.setBytes(1, KeyText.hash(now));
      delete.executeUpdate();
    }
  }

  /** A key that is there already, and is now the setting's, ends with the setting too. */
  private static void insert(Connection connection, String project, String key, boolean bySetting)
      throws SQLException {
    try (var insert =
        connection.prepareStatement(
            """
            insert into api_keys (hash, prefix, project_id, by_setting)
            select ?, ?, id, ? from projects where name = ?
            on conflict (hash) do update
              set by_setting = excluded.by_setting, prefix = excluded.prefix
            """)) {
      insert.setBytes(1, KeyText.hash(key));
      insert.setString(2, KeyText.prefix(key));
      insert.setBoolean(3, bySetting);
      insert.setString(4, project);
      insert.executeUpdate();
    }
  }

  private static byte[][] hashes(List<String> keys) {
    return keys.stream().map(KeyText::hash).toArray(byte[][]::new);
  }
}
