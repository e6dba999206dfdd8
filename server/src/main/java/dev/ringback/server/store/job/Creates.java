package dev.ringback.server.store.job;

import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.job.IdSource;
import dev.ringback.server.job.IdempotencyKey;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobSpec;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.job.Lane;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.refusal.Conflict.IdempotencyKeyReused;
import dev.ringback.server.refusal.Exhausted.Overloaded;
import dev.ringback.server.refusal.Refusal;
import dev.ringback.server.store.db.Batcher;
import dev.ringback.server.store.db.Columns;
import dev.ringback.server.store.db.Database;
import dev.ringback.server.store.db.DatabaseClock;
import dev.ringback.server.store.db.Input;
import dev.ringback.server.store.db.Room;
import dev.ringback.server.store.db.Unavailable;
import dev.ringback.server.store.db.Wakeups;
import dev.ringback.server.store.job.IdempotencyKeys.Entry;
import dev.ringback.server.store.job.IdempotencyKeys.Key;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Creates jobs: the job, its first row in the queue and its idempotency key in one transaction, and
 * many creates in one. Creates that came together are written together or not at all.
 *
 * <p>Thread-safe.
 */
public final class Creates implements AutoCloseable {
  // One writer: the next batch gathers while this one's commit reaches the disk. Two made smaller
  // batches, of which each costs PostgreSQL as much as many of its jobs. 8 MiB hold a few of the
  // largest bodies.
  private static final Batcher.Limits LIMITS = new Batcher.Limits(4_096, 500, 8 << 20, 1);

  /** Each batch is a transaction of its own. Those that wait are held whole in memory. */
  private static final Batcher.Limits WHOLE_LIMITS = new Batcher.Limits(32, 1, 0, 2);

  private static final Input<Row> INPUT =
      Input.<Row>of()
          .int2("bucket", row -> row.id().bucket())
          .uuid("id", row -> row.id().value())
          .uuid("execution_id", row -> row.execution().value())
          .int4("project_id", row -> row.creation().projectId())
          .text("url", row -> row.spec().callback().url().text())
          .text("method", row -> row.spec().callback().method())
          .text("headers", row -> Columns.json(row.spec().callback().headers()))
          .bytes("body", row -> row.spec().callback().body())
          .time("given_at", Row::givenAt)
          .int8("delay_ms", Row::delayMillis)
          .text("cron", Row::cron)
          .text("delivery", row -> DeliveryText.of(row.spec().delivery()))
          .text("labels", row -> Columns.json(row.spec().labels()))
          .int8("lane", row -> row.lane().value());

  private static final String INSERT =
      """
      with input as (
        select * from %s
      ), timed as (
        select *, coalesce(given_at, now() + delay_ms * interval '1 ms') as scheduled_at from input
      ), new_jobs as (
        insert into jobs (bucket, id, project_id, url, method, headers, body, scheduled_at, cron,
          time_zone, delivery, labels)
        select bucket, id, project_id, url, method, headers::json, body,
          case when cron is null then scheduled_at end, cron,
          case when cron is not null then 'UTC' end, delivery::json, labels::jsonb
        from timed
        returning true
      ), new_queue as (
        insert into queue (project_id, job_id, execution_id, bucket, due_at, scheduled_at, recurring,
          lane)
        -- A time in the past means now: it gets nobody in front of what was due before.
        select project_id, id, execution_id, bucket, greatest(scheduled_at, now()), scheduled_at,
          cron is not null, lane
        from timed
        returning true
      ), happened as (
        select 'created'::event_kind as kind, 'pending'::job_status as status, null as node,
          project_id, id as job_id, execution_id, 1 as revision, 0 as attempt_count,
          greatest(scheduled_at, now()) as next_at
        from timed
      ), %s
      select now() as now
      """
          .formatted(
              INPUT.rows(),
              Tell.of(
                  List.of("new_jobs", "new_queue"),
                  "execution_id",
                  "revision",
                  "attempt_count",
                  "next_at"));

  private final Database database;
  private final IdSource ids;
  private final DatabaseClock clock;
  private final Wakeups wakeups;
  private final Batcher<Creation, Created> batcher;
  private final Batcher<List<Creation>, List<Created>> whole;

  /** How many creates, and how many batches, may wait. */
  private final Room creates = new Room(LIMITS.waiting());

  private final Room batches = new Room(WHOLE_LIMITS.waiting());

  /** A create as it was asked for. */
  public record Creation(int projectId, JobSpec spec, Optional<IdempotencyKey> idempotencyKey) {
    private Optional<Key> key() {
      return idempotencyKey.map(key -> new Key(projectId, key.text()));
    }

    private Optional<byte[]> contentHash() {
      return idempotencyKey.map(IdempotencyKey::contentHash);
    }
  }

  /** What became of a create. */
  public sealed interface Created {
    /** A new job, durable. */
    record New(Job job) implements Created {}

    /** The idempotency key stands for this job, of the same content. */
    record Before(JobId job) implements Created {}

    /** The idempotency key stands for this job, of other content. */
    record KeyReused(JobId job) implements Created {}
  }

  /**
   * A job to insert.
   *
   * @param givenAt its first time, unless that is a delay from now
   */
  private record Row(
      Creation creation, JobId id, ExecutionId execution, @Nullable Instant givenAt) {
    JobSpec spec() {
      return creation.spec();
    }

    @Nullable Long delayMillis() {
      return spec().schedule() instanceof Schedule.After after ? after.delay().toMillis() : null;
    }

    @Nullable String cron() {
      return spec().schedule() instanceof Schedule.Recurring recurring
          ? recurring.cron().text()
          : null;
    }

    Lane lane() {
      return Lane.of(creation.projectId(), spec().callback().url());
    }

    /** The first time, when now is the time of the transaction. */
    Instant dueAt(Instant now) {
      Long delay = delayMillis();
      return delay != null ? now.plusMillis(delay) : givenAt != null ? givenAt : now;
    }
  }

  public Creates(Database database, IdSource ids, DatabaseClock clock, Wakeups wakeups) {
    this.database = database;
    this.ids = ids;
    this.clock = clock;
    this.wakeups = wakeups;
    this.batcher = new Batcher<>("create", LIMITS, Creates::bytes, this::write);
    this.whole =
        new Batcher<>("create-all", WHOLE_LIMITS, _ -> 0, one -> List.of(writeAll(one.getFirst())));
  }

  /**
   * Creates a job and returns once it is durable. One who is interrupted waits no longer, and what
   * was not begun by then is not created.
   *
   * @throws Overloaded when too many creates wait already
   */
  public Created create(Creation creation) {
    return within(creation.projectId(), creates, () -> batcher.offer(creation));
  }

  /**
   * Creates all of the jobs, or none, and returns once they are durable.
   *
   * @return a new job, or the job that the key stood for before, for each in order
   * @throws IdempotencyKeyReused when a key stands for other content
   * @throws Overloaded when too many batches wait already
   */
  public List<Created> createAll(List<Creation> creations) {
    int project = creations.getFirst().projectId();
    return within(project, batches, () -> whole.offer(creations));
  }

  private static int bytes(Creation creation) {
    return Math.toIntExact(creation.spec().bytes());
  }

  /** Offers it where there is room, which is given back once it is answered. */
  private <R> R within(int project, Room places, Supplier<@Nullable CompletableFuture<R>> offer) {
    // Not only when its batch is written, where it would wait for those in front of it as well.
    database.require();
    if (!places.take(project, 1)) {
      throw tooMany();
    }
    try {
      return answer(offer.get());
    } finally {
      places.giveBack(project, 1);
    }
  }

  private static Refusal tooMany() {
    return new Overloaded("too many creates are waiting; try again");
  }

  private static <R> R answer(@Nullable CompletableFuture<R> answer) {
    if (answer == null) {
      throw tooMany();
    }
    try {
      return answer.get();
    } catch (InterruptedException e) {
      answer.cancel(false);
      Thread.currentThread().interrupt();
      throw new Unavailable();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    }
  }

  private List<Created> write(List<Creation> creations) {
    return write(creations, _ -> {});
  }

  private List<Created> writeAll(List<Creation> creations) {
    return write(creations, Creates::refuseReusedKeys);
  }

  /** Before the commit, so that nothing is created. */
  private static void refuseReusedKeys(List<Created> all) {
    for (Created created : all) {
      if (created instanceof Created.KeyReused(JobId job)) {
        throw new IdempotencyKeyReused(job);
      }
    }
  }

  /**
   * Writes the creates in one transaction.
   *
   * @param check looks at the answers before the commit, and throws where there is to be none
   */
  private List<Created> write(List<Creation> creations, Consumer<List<Created>> check) {
    Instant soon = clock.instant().plus(Wakeups.HORIZON);
    boolean[] dueSoon = {false};
    Database.Work<List<Created>> work =
        connection -> {
          List<Created> created = write(connection, creations);
          check.accept(created);
          dueSoon[0] = created.stream().anyMatch(answer -> isDueBy(soon, answer));
          if (dueSoon[0]) {
            wakeups.tellOthers(connection);
          }
          return created;
        };
    // Without keys, and with nobody to tell, it is one statement, which commits by itself.
    boolean keyless = creations.stream().allMatch(creation -> creation.idempotencyKey().isEmpty());
    List<Created> answers =
        keyless && wakeups.isAlone() ? database.run(work) : database.transact(work);
    database.happened().ring();
    if (dueSoon[0]) {
      wakeups.signal().ring();
    }
    return answers;
  }

  private static boolean isDueBy(Instant time, Created created) {
    return created instanceof Created.New(Job job)
        && job.state().nextRunAt().stream().anyMatch(due -> due.isBefore(time));
  }

  private List<Created> write(Connection connection, List<Creation> creations) throws SQLException {
    // Creates without a key may live anywhere: those of a batch share a bucket.
    short shared = ids.anyBucket();
    List<Row> wanted = new ArrayList<>();
    for (Creation creation : creations) {
      short bucket = creation.key().map(Key::bucket).orElse(shared);
      wanted.add(
          new Row(creation, ids.job(bucket), ids.execution(bucket), givenAt(creation.spec())));
    }
    Map<Key, Entry> entries = IdempotencyKeys.claim(connection, wantedKeys(wanted));
    List<Row> rows = wanted.stream().filter(row -> before(row, entries).isEmpty()).toList();
    Instant now = insert(connection, rows);
    return wanted.stream().map(row -> answer(row, entries, now)).toList();
  }

  private @Nullable Instant givenAt(JobSpec spec) {
    return switch (spec.schedule()) {
      case Schedule.At at -> at.time();
      case Schedule.After _ -> null;
      case Schedule.Recurring recurring ->
          recurring.cron().next(clock.instant()).map(Columns::micros).orElse(null);
    };
  }

  private static Map<Key, Entry> wantedKeys(List<Row> rows) {
    Map<Key, Entry> wanted = new HashMap<>();
    for (Row row : rows) {
      Creation creation = row.creation();
      creation
          .contentHash()
          .map(hash -> new Entry(row.id(), hash))
          .ifPresent(entry -> wanted.putIfAbsent(creation.key().orElseThrow(), entry));
    }
    return wanted;
  }

  /** What the row's key stands for, unless it has none or stands for this very row. */
  private static Optional<Entry> before(Row row, Map<Key, Entry> entries) {
    return row.creation().key().map(entries::get).filter(entry -> !entry.job().equals(row.id()));
  }

  private static Created answer(Row row, Map<Key, Entry> entries, Instant now) {
    return before(row, entries)
        .<Created>map(entry ->
            row.creation().contentHash().filter(entry::hasContent).isPresent()
                ? new Created.Before(entry.job())
                : new Created.KeyReused(entry.job()))
        .orElseGet(() -> new Created.New(job(row, now)));
  }

  private static Instant insert(Connection connection, List<Row> rows) throws SQLException {
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

  private static Job job(Row row, Instant now) {
    Instant due = row.dueAt(now);
    var state =
        new Job.State(
            JobStatus.PENDING,
            row.cron() == null ? Optional.of(due) : Optional.empty(),
            Optional.of(due.isBefore(now) ? now : due),
            0,
            Optional.empty(),
            now,
            now,
            Optional.empty());
    return new Job(row.id(), row.spec(), state);
  }

  /** Writes what waits, then takes nothing more. */
  @Override
  public void close() throws InterruptedException {
    batcher.close();
    whole.close();
  }
}
