package dev.ringback.server.store;

import static dev.ringback.server.store.schema.Tables.JOBS;
import static dev.ringback.server.store.schema.Tables.QUEUE;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.row;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.values;

import dev.ringback.server.job.Attempt;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobFilter;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.refusal.Conflict.JobEnded;
import dev.ringback.server.refusal.NotFound.JobNotFound;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Row2;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/**
 * Reads jobs and cancels them. A project sees only its own.
 *
 * <p>Thread-safe.
 */
public final class Jobs {
  // What waits ends now. What is being called is marked: it ends with its call.
  static final String CANCEL =
      """
      with ended as (
        delete from queue
        where project_id = ? and job_id = ? and owner is null
        returning bucket, job_id, execution_id, scheduled_at, attempt
      ), marked as (
        update queue set cancelled_at = now()
        where project_id = ? and job_id = ? and owner is not null
        returning attempt
      ), recorded as (
        insert into executions (bucket, job_id, id, status, scheduled_at, finished_at, attempt_count)
        select bucket, job_id, execution_id, 'cancelled', scheduled_at, now(), attempt from ended
      ), counted as (
        update jobs set
          attempt_count = attempt_count + (select coalesce(sum(attempt), 0) from ended),
          updated_at = now()
        where bucket = ? and id = ?
        returning project_id, bucket, id, revision, attempt_count
      ), job_ended as (
        insert into ended_jobs (project_id, status, job_id, bucket, finished_at)
        select project_id, 'cancelled', id, bucket, now() from counted
      ), happened as (
        select 'cancelled'::event_kind as kind, 'cancelled'::job_status as status, null as node,
          project_id, id as job_id, revision,
          (attempt_count + (select coalesce(sum(attempt), 0) from marked))::int4 as attempt_count
        from counted
      ), %s
      select
      """
          .formatted(Tell.of(List.of("ended", "marked", "counted"), "revision", "attempt_count"));

  /** More than a page has by default. */
  private static final int JOBS_AT_A_TIME = 64;

  /** Of them are in memory. A URL and labels may take some 60 KiB. */
  private static final int ROWS_AT_A_TIME = 16;

  private static final List<Field<?>> STANDS = stands();
  static final String STANDING = standing();

  private final Database database;

  public Jobs(Database database) {
    this.database = database;
  }

  /**
   * Jobs as they stood when all events up to a position had happened, and none after it.
   *
   * @param rest where there may be more, behind this job; empty when all have been looked at
   */
  public record Snapshot(Events.Head head, List<Job> jobs, Optional<JobId> rest) {}

  /**
   * Reads a job with all there is to it.
   *
   * @throws JobNotFound when the project has none of that id
   */
  public Job get(int projectId, JobId id) {
    return database.run(connection -> get(connection, projectId, id));
  }

  /**
   * Sees to it that a project has a job.
   *
   * @throws JobNotFound when it has none of that id
   */
  public void require(int projectId, JobId id) {
    database.run(connection -> {
      require(Database.sql(connection), projectId, id);
      return true;
    });
  }

  /**
   * Sees to it that a project has all of these jobs.
   *
   * @return true
   * @throws JobNotFound of the first that it has not
   */
  public boolean require(int projectId, Set<JobId> ids) {
    Set<UUID> found =
        database.run(connection ->
            Database.sql(connection)
                .select(JOBS.ID)
                .from(JOBS)
                .where(ofProject(projectId).and(isOneOf(ids)))
                .fetchSet(JOBS.ID));
    ids.stream()
        .filter(id -> !found.contains(id.value()))
        .findFirst()
        .ifPresent(id -> {
          throw new JobNotFound(id.toString());
        });
    return true;
  }

  private static void require(DSLContext sql, int projectId, JobId id) {
    if (!sql.fetchExists(JOBS, ofProject(projectId).and(is(id)))) {
      throw new JobNotFound(id.toString());
    }
  }

  /** Reads those of the jobs that the project has, without their headers and bodies. */
  public void each(int projectId, Set<JobId> ids, Consumer<? super Job> reader) {
    if (!ids.isEmpty()) {
      list(
          JobFilter.of(projectId, ids),
          Optional.empty(),
          ids.size() + 1,
          job -> {
            reader.accept(job);
            return true;
          });
    }
  }

  static Condition isOneOf(Collection<JobId> ids) {
    var wanted =
        values(ids.stream().map(id -> row(id.bucket(), id.value())).toArray(Row2[]::new))
            .as("wanted", "bucket", "id");
    return row(JOBS.BUCKET, JOBS.ID)
        .in(
            select(
                    field(name("wanted", "bucket"), Short.class),
                    field(name("wanted", "id"), UUID.class))
                .from(wanted));
  }

  private static Job get(Connection connection, int projectId, JobId id) throws SQLException {
    DSLContext sql = Database.sql(connection);
    var row =
        JobRows.where(sql, JobRows.WHOLE, ofProject(projectId).and(is(id)))
            .fetchOptional()
            .orElseThrow(() -> new JobNotFound(id.toString()));
    Map<JobId, Attempt> last = Attempts.last(connection, projectId, List.of(id), Attempts.WHOLE);
    return JobRows.job(row, Optional.ofNullable(last.get(id)));
  }

  /**
   * Lists jobs without their headers and bodies, newest first. Looks at no more jobs than one call
   * may, whether they match or not.
   *
   * @param before only older ones than this
   * @param wanted how many are likely to be taken
   * @param taker is given one after the other, as long as it takes them
   * @return where another call goes on, when not all jobs were looked at though all that were found
   *     have been taken
   */
  public Optional<JobId> list(
      JobFilter filter, Optional<JobId> before, int wanted, Predicate<? super Job> taker) {
    return database.view(connection -> list(connection, filter, before, wanted, taker));
  }

  private static Optional<JobId> list(
      Connection connection,
      JobFilter filter,
      Optional<JobId> before,
      int wanted,
      Predicate<? super Job> taker)
      throws SQLException {
    JobSearch search = new JobSearch(connection, filter, before, wanted);
    while (search.hasNext()) {
      if (!read(connection, filter.projectId(), search.next(), taker)) {
        return Optional.empty();
      }
    }
    return search.rest();
  }

  /** Reads jobs, newest first; false when the taker takes no more. */
  private static boolean read(
      Connection connection, int projectId, List<JobId> ids, Predicate<? super Job> taker)
      throws SQLException {
    DSLContext sql = Database.sql(connection);
    for (int from = 0; from < ids.size(); from += JOBS_AT_A_TIME) {
      List<JobId> some = ids.subList(from, Math.min(from + JOBS_AT_A_TIME, ids.size()));
      Map<JobId, Attempt> last = Attempts.last(connection, projectId, some, Attempts.SUMMARY);
      try (var rows =
          JobRows.where(sql, JobRows.SUMMARY, isOneOf(some))
              .orderBy(JOBS.ID.desc())
              .fetchSize(ROWS_AT_A_TIME)
              .fetchLazy()) {
        for (var row : rows) {
          JobId id = new JobId(row.get(JOBS.ID));
          if (!taker.test(JobRows.job(row, Optional.ofNullable(last.get(id))))) {
            return false;
          }
        }
      }
    }
    return true;
  }

  /**
   * Lists jobs as they stand at a place in the feed of events, newest first: as many as are looked
   * at in one call, and no more than asked for.
   *
   * @param before only older ones than this
   * @param limit how many at most
   * @param bytes about how many bytes at most, unless it is one job
   */
  public Snapshot snapshot(JobFilter filter, Optional<JobId> before, int limit, long bytes) {
    return database.view(connection -> {
      Events.Head head = Events.head(connection);
      List<Job> jobs = new ArrayList<>();
      long[] left = {bytes};
      boolean[] full = {false};
      Optional<JobId> rest =
          list(
              connection,
              filter,
              before,
              limit,
              job -> {
                left[0] -= job.spec().bytes();
                full[0] = jobs.size() == limit || (left[0] < 0 && !jobs.isEmpty());
                return !full[0] && jobs.add(job);
              });
      return new Snapshot(head, jobs, full[0] ? Optional.of(jobs.getLast().id()) : rest);
    });
  }

  /**
   * How a job stands, without its headers and bodies, at a place in the feed of events.
   *
   * @param settled whether nothing more will happen to it
   */
  public record Standing(Events.Head head, Job job, boolean settled) {}

  /**
   * Reads how a job stands.
   *
   * @throws JobNotFound when the project has none of that id
   */
  public Standing standing(int projectId, JobId id) {
    return database.run(connection -> {
      try (var statement = connection.prepareStatement(STANDING)) {
        bind(statement, projectId, id);
        try (ResultSet rows = statement.executeQuery()) {
          var row =
              Database.sql(connection).fetch(rows, STANDS.toArray(Field[]::new)).stream()
                  .findAny()
                  .orElseThrow(() -> new JobNotFound(id.toString()));
          Job job = JobRows.job(row, Attempts.newest(row));
          boolean settled = job.state().status().isFinal() && !JobRows.isLive(row);
          return new Standing(Events.head(row), job, settled);
        }
      }
    });
  }

  /** Sets the parameters of {@link #STANDING}. */
  static void bind(PreparedStatement statement, int projectId, JobId id) throws SQLException {
    statement.setInt(1, projectId);
    statement.setShort(2, id.bucket());
    statement.setObject(3, id.value());
  }

  // Rendered once: as a text that is always the same it stays prepared. One statement sees one
  // state of the database.
  private static String standing() {
    return DSL.using(SQLDialect.POSTGRES)
        .render(
            DSL.select(STANDS)
                .from(JobRows.table())
                .join(Events.headTable())
                .on(inline(true))
                .leftJoin(Attempts.newest())
                .on(inline(true))
                .leftJoin(Attempts.newestOpen())
                .on(inline(true))
                .where(
                    JOBS.PROJECT_ID.eq(param("project", Integer.class)),
                    JOBS.BUCKET.eq(param("bucket", Short.class)),
                    JOBS.ID.eq(param("id", UUID.class))));
  }

  private static List<Field<?>> stands() {
    List<Field<?>> fields = new ArrayList<>(Events.HEAD_FIELDS);
    fields.addAll(JobRows.FACTS);
    fields.addAll(JobRows.STANDING);
    fields.addAll(Attempts.FACTS);
    fields.addAll(Attempts.OPEN_FACTS);
    return fields;
  }

  /**
   * Cancels a job: what waits ends now, a call being made ends its execution when it ends.
   *
   * @throws JobNotFound when the project has none of that id
   * @throws JobEnded when it has completed or failed
   */
  public Job cancel(int projectId, JobId id) {
    Job after =
        database.transact(connection -> {
          DSLContext sql = Database.sql(connection);
          // Only its owner may hold up a job's rows.
          require(sql, projectId, id);
          // As the finish does, so that the two can't wait for each other: who comes second sees
          // what the first has done. Without a row that is not cancelled yet, the job has ended.
          List<OffsetDateTime> live =
              sql.select(QUEUE.CANCELLED_AT)
                  .from(QUEUE)
                  .where(QUEUE.PROJECT_ID.eq(projectId), QUEUE.JOB_ID.eq(id.value()))
                  .orderBy(QUEUE.EXECUTION_ID)
                  .forUpdate()
                  .fetch(QUEUE.CANCELLED_AT);
          if (live.contains(null)) {
            sql.execute(
                CANCEL, projectId, id.value(), projectId, id.value(), id.bucket(), id.value());
          }
          Job job = get(connection, projectId, id);
          if (job.state().status() != JobStatus.CANCELLED) {
            throw new JobEnded(id, job.state().status());
          }
          return job;
        });
    database.happened().ring();
    return after;
  }

  private static Condition ofProject(int projectId) {
    return JOBS.PROJECT_ID.eq(projectId);
  }

  private static Condition is(JobId id) {
    return JOBS.BUCKET.eq(id.bucket()).and(JOBS.ID.eq(id.value()));
  }
}
