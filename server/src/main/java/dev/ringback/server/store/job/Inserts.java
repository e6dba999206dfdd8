package dev.ringback.server.store.job;

import dev.ringback.server.job.IdSource;
import dev.ringback.server.job.JobSpec;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.store.db.Columns;
import dev.ringback.server.store.db.Input;
import dev.ringback.server.store.job.IdempotencyKeys.Entry;
import dev.ringback.server.store.job.IdempotencyKeys.Key;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a transaction of creates does: it takes the idempotency keys, and inserts the jobs that are
 * new, each with its first row in the queue.
 *
 * <p>Thread-safe.
 */
final class Inserts {
  private static final Input<NewJob> INPUT =
      Input.<NewJob>of()
          .int2("bucket", row -> row.id().bucket())
          .uuid("id", row -> row.id().value())
          .uuid("execution_id", row -> row.execution().value())
          .int4("project_id", row -> row.creation().projectId())
          .text("url", row -> row.spec().callback().url().text())
          .text("method", row -> row.spec().callback().method())
          .text("headers", row -> Columns.json(row.spec().callback().headers()))
          .bytes("body", row -> row.spec().callback().body())
          .time("scheduled_at", NewJob::scheduledAt)
          .int8("delay_ms", NewJob::delayMillis)
          .text("cron", NewJob::cron)
          .text("delivery", row -> DeliveryText.of(row.spec().delivery()))
          .text("labels", row -> Columns.json(row.spec().labels()))
          .int8("lane", row -> row.lane().value());

  private static final String INSERT =
      """
      with input as (
        select bucket, id, execution_id, project_id, url, method, headers, body,
          coalesce(scheduled_at, now() + delay_ms * interval '1 ms') as scheduled_at,
          cron, delivery, labels, lane
        from %s
      ), new_jobs as (
        insert into jobs (bucket, id, project_id, url, method, headers, body, scheduled_at, cron,
          time_zone, delivery, labels)
        select bucket, id, project_id, url, method, headers::json, body,
          case when cron is null then scheduled_at end, cron,
          case when cron is not null then 'UTC' end, delivery::json, labels::jsonb
        from input
        returning true
      ), new_queue as (
        insert into queue (project_id, job_id, execution_id, bucket, due_at, scheduled_at, recurring,
          lane)
        -- A time in the past means now: it gets nobody in front of what was due before.
        select project_id, id, execution_id, bucket, greatest(scheduled_at, now()), scheduled_at,
          cron is not null, lane
        from input
        returning true
      ), happened as (
        select 'created'::event_kind as kind, 'pending'::job_status as status, null as node,
          project_id, id as job_id, execution_id, 1 as revision, 0 as attempt_count,
          greatest(scheduled_at, now()) as next_at
        from input
      ), %s
      select now() as now
      """
          .formatted(
              INPUT.rows(),
              Tell.of(
                  List.of("new_jobs", "new_queue"),
                  List.of("execution_id", "revision", "attempt_count", "next_at")));

  private final IdSource ids;
  private final InstantSource clock;

  Inserts(IdSource ids, InstantSource clock) {
    this.ids = ids;
    this.clock = clock;
  }

  /** Creates what is new; answers for each in order. */
  List<Created> create(Connection connection, List<Creation> creations) throws SQLException {
    // Creates without a key may live anywhere: those of a batch share a bucket.
    short shared = ids.anyBucket();
    List<NewJob> wanted = new ArrayList<>();
    for (Creation creation : creations) {
      short bucket = creation.key().map(Key::bucket).orElse(shared);
      wanted.add(
          new NewJob(
              creation, ids.job(bucket), ids.execution(bucket), scheduledAt(creation.spec())));
    }
    Map<Key, Entry> entries = IdempotencyKeys.claim(connection, wantedKeys(wanted));
    List<NewJob> rows = wanted.stream().filter(row -> before(row, entries).isEmpty()).toList();
    Instant now = insert(connection, rows);
    return wanted.stream().map(row -> answer(row, entries, now)).toList();
  }

  private @Nullable Instant scheduledAt(JobSpec spec) {
    return switch (spec.schedule()) {
      case Schedule.At(Instant scheduledAt) -> scheduledAt;
      case Schedule.After _ -> null;
      case Schedule.Recurring recurring ->
          recurring.cron().next(clock.instant()).map(Columns::micros).orElse(null);
    };
  }

  private static Map<Key, Entry> wantedKeys(List<NewJob> rows) {
    Map<Key, Entry> wanted = new HashMap<>();
    for (NewJob row : rows) {
      Creation creation = row.creation();
      creation
          .contentHash()
          .map(hash -> new Entry(row.id(), hash))
          .ifPresent(entry -> wanted.putIfAbsent(creation.key().orElseThrow(), entry));
    }
    return wanted;
  }

  /** What the row's key stands for, unless it has none or stands for this very row. */
  private static Optional<Entry> before(NewJob row, Map<Key, Entry> entries) {
    return row.creation().key().map(entries::get).filter(entry -> !entry.job().equals(row.id()));
  }

  private static Created answer(NewJob row, Map<Key, Entry> entries, Instant now) {
    return before(row, entries)
        .<Created>map(entry ->
            row.creation().contentHash().filter(entry::hasContent).isPresent()
                ? new Created.Before(entry.job())
                : new Created.KeyReused(entry.job()))
        .orElseGet(() -> new Created.New(row.job(now)));
  }

  private static Instant insert(Connection connection, List<NewJob> rows) throws SQLException {
    if (rows.isEmpty()) {
      return Instant.EPOCH;
    }
    try (var statement = connection.prepareStatement(INSERT)) {
      INPUT.bind(connection, statement, 1, rows);
      try (var result = statement.executeQuery()) {
        result.next();
        return Columns.instant(result, "now");
      }
    }
  }
}
