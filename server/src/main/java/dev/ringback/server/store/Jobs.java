package dev.ringback.server.store;

import static dev.ringback.server.store.schema.Tables.EXECUTIONS;
import static dev.ringback.server.store.schema.Tables.JOBS;
import static dev.ringback.server.store.schema.Tables.QUEUE;
import static org.jooq.impl.DSL.currentOffsetDateTime;
import static org.jooq.impl.DSL.exists;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.notExists;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.row;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.values;

import dev.ringback.server.job.Attempt;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.job.RefusedException.JobEnded;
import dev.ringback.server.job.RefusedException.JobNotFound;
import dev.ringback.server.store.schema.enums.ExecutionStatus;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.Row2;
import org.jooq.SQLDialect;
import org.jooq.Select;
import org.jooq.impl.DSL;

/**
 * Reads jobs and cancels them. A project sees only its own.
 *
 * <p>Thread-safe.
 */
public final class Jobs {
  // Last of all, see the events' migration.
  private static final String CANCELLED =
      """
      with turn as (
        select from feed where id = 0 for update
      )
      insert into events (position, kind, project_id, job_id)
      select nextval('event_positions'), 'cancelled', ?, ? from turn
      """;

  /** More than a page has by default. A URL and labels may take some 50 KiB. */
  private static final int JOBS_AT_A_TIME = 64;

  private static final List<Field<?>> STANDS = stands();
  static final String STANDING = standing();

  private final Database database;

  public Jobs(Database database) {
    this.database = database;
  }

  /**
   * Which jobs to list, newest first.
   *
   * @param statuses empty for all
   * @param labels all of them must match
   * @param ids only these; empty for all
   * @param before only older ones than this
   */
  public record Filter(
      int projectId,
      Set<JobStatus> statuses,
      Map<String, String> labels,
      Set<JobId> ids,
      Optional<JobId> before) {
    private Filter before(JobId id) {
      return new Filter(projectId, statuses, labels, ids, Optional.of(id));
    }
  }

  /** Jobs as they stood when all events up to a position had happened, and none after it. */
  public record Snapshot(Events.Head head, List<Job> jobs) {}

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
  public Map<JobId, Job> get(int projectId, Set<JobId> ids) {
    if (ids.isEmpty()) {
      return Map.of();
    }
    return database.view(connection -> {
      DSLContext sql = Database.sql(connection);
      var rows =
          JobRows.where(sql, JobRows.SUMMARY, ofProject(projectId).and(isOneOf(ids))).fetch();
      Map<JobId, Attempt> last = Attempts.last(connection, List.copyOf(ids), Attempts.SUMMARY);
      Map<JobId, Job> jobs = new HashMap<>();
      for (var row : rows) {
        JobId id = new JobId(row.get(JOBS.ID));
        jobs.put(id, JobRows.job(row, Optional.ofNullable(last.get(id))));
      }
      return jobs;
    });
  }

  static Condition isOneOf(Set<JobId> ids) {
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

  private static Job get(Connection connection, int projectId, JobId id) {
    DSLContext sql = Database.sql(connection);
    var row =
        JobRows.where(sql, JobRows.WHOLE, ofProject(projectId).and(is(id)))
            .fetchOptional()
            .orElseThrow(() -> new JobNotFound(id.toString()));
    Map<JobId, Attempt> last = Attempts.last(connection, List.of(id), Attempts.WHOLE);
    return JobRows.job(row, Optional.ofNullable(last.get(id)));
  }

  /**
   * Lists jobs without their headers and bodies, newest first.
   *
   * @param limit how many at most
   * @param taker is given one after the other, as long as it takes them
   */
  public void list(Filter filter, int limit, Predicate<? super Job> taker) {
    database.view(connection -> {
      Filter rest = filter;
      for (int left = limit; left > 0; left -= JOBS_AT_A_TIME) {
        List<Job> some = list(connection, rest, Math.min(left, JOBS_AT_A_TIME));
        if (!some.stream().allMatch(taker) || some.size() < JOBS_AT_A_TIME) {
          return false;
        }
        rest = filter.before(some.getLast().id());
      }
      return true;
    });
  }

  /** Lists jobs as they stand at a place in the feed of events. */
  public Snapshot snapshot(Filter filter, int limit) {
    return database.view(connection -> {
      return new Snapshot(Events.head(connection), list(connection, filter, limit));
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
          Job job = JobRows.job(row, Attempts.optionalAttempt(row));
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
                .from(JOBS)
                .join(Events.headTable())
                .on(inline(true))
                .leftJoin(JobRows.live())
                .on(inline(true))
                .leftJoin(Attempts.newest())
                .on(inline(true))
                .where(
                    JOBS.PROJECT_ID.eq(param("project", Integer.class)),
                    JOBS.BUCKET.eq(param("bucket", Short.class)),
                    JOBS.ID.eq(param("id", UUID.class))));
  }

  private static List<Field<?>> stands() {
    List<Field<?>> fields = new ArrayList<>(Events.HEAD_FIELDS);
    fields.addAll(JobRows.FACTS);
    fields.addAll(Attempts.FACTS);
    return fields;
  }

  // All that is asked here sees the same state of the database, so that a job that ends meanwhile
  // is found under one of its statuses.
  private static List<Job> list(Connection connection, Filter filter, int limit) {
    DSLContext sql = Database.sql(connection);
    // The index runs from new to old within one stored status: a list is the newest of the
    // newest of each.
    var rows =
        conditions(filter).stream()
            .flatMap(condition ->
                JobRows.where(sql, JobRows.SUMMARY, condition)
                    .orderBy(JOBS.ID.desc())
                    .limit(limit)
                    .fetch()
                    .stream())
            .sorted(
                Comparator.comparing(row -> row.get(JOBS.ID).toString(), Comparator.reverseOrder()))
            .limit(limit)
            .toList();
    List<JobId> ids = rows.stream().map(row -> new JobId(row.get(JOBS.ID))).toList();
    Map<JobId, Attempt> last = Attempts.last(connection, ids, Attempts.SUMMARY);
    return rows.stream()
        .map(row -> JobRows.job(row, Optional.ofNullable(last.get(new JobId(row.get(JOBS.ID))))))
        .toList();
  }

  /** One condition for each stored status that the filter lets through. */
  static List<Condition> conditions(Filter filter) {
    Set<JobStatus> wanted =
        filter.statuses().isEmpty() ? EnumSet.allOf(JobStatus.class) : filter.statuses();
    // As the index has it.
    Condition rest = ofProject(filter.projectId()).and(JOBS.BUCKET.ge(inline((short) 0)));
    if (!filter.labels().isEmpty()) {
      rest =
          rest.and(JOBS.LABELS.contains(JSONB.valueOf(Columns.json(filter.labels()))))
              // As the index has it.
              .and(JOBS.LABELS.ne(JSONB.valueOf("{}")));
    }
    if (!filter.ids().isEmpty()) {
      rest = rest.and(isOneOf(filter.ids()));
    }
    if (filter.before().isPresent()) {
      rest = rest.and(JOBS.ID.lt(filter.before().get().value()));
    }
    List<Condition> conditions = new ArrayList<>();
    for (JobStatus status : JobStatus.values()) {
      if (wanted.contains(status) && status != JobStatus.RUNNING && status != JobStatus.PENDING) {
        conditions.add(rest.and(JOBS.STATUS.eq(JobRows.stored(status))));
      }
    }
    // Stored as one status, told apart by the queue.
    boolean pending = wanted.contains(JobStatus.PENDING);
    boolean running = wanted.contains(JobStatus.RUNNING);
    if (pending || running) {
      var call =
          selectOne()
              .from(QUEUE)
              .where(QUEUE.BUCKET.eq(JOBS.BUCKET), QUEUE.JOB_ID.eq(JOBS.ID))
              .and(QUEUE.OWNER.isNotNull());
      Condition told =
          pending && running ? noCondition() : running ? exists(call) : notExists(call);
      conditions.add(rest.and(JOBS.STATUS.eq(JobRows.stored(JobStatus.PENDING))).and(told));
    }
    return conditions;
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
          // First of all locks, as the finish does: who comes second sees what the first has done.
          lockQueue(sql, id).fetch();
          int cancelled =
              sql.update(JOBS)
                  .set(JOBS.STATUS, JobRows.stored(JobStatus.CANCELLED))
                  .set(JOBS.FINISHED_AT, currentOffsetDateTime())
                  .set(JOBS.UPDATED_AT, currentOffsetDateTime())
                  .where(ofProject(projectId).and(is(id)))
                  .and(
                      JOBS.STATUS.in(
                          JobRows.stored(JobStatus.PENDING), JobRows.stored(JobStatus.PAUSED)))
                  .execute();
          if (cancelled == 1) {
            endWaiting(sql, id);
            sql.execute(CANCELLED, projectId, id.value());
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

  private static Select<?> lockQueue(DSLContext sql, JobId id) {
    return sql.selectOne()
        .from(QUEUE)
        .where(QUEUE.BUCKET.eq(id.bucket()), QUEUE.JOB_ID.eq(id.value()))
        // As the finish does, so that the two can't wait for each other.
        .orderBy(QUEUE.EXECUTION_ID)
        .forUpdate();
  }

  private static void endWaiting(DSLContext sql, JobId id) {
    Condition ofJob = QUEUE.BUCKET.eq(id.bucket()).and(QUEUE.JOB_ID.eq(id.value()));
    sql.update(QUEUE)
        .set(QUEUE.CANCELLED, true)
        .where(ofJob.and(QUEUE.OWNER.isNotNull()))
        .execute();
    var ended =
        sql.deleteFrom(QUEUE)
            .where(ofJob.and(QUEUE.OWNER.isNull()))
            .returning(QUEUE.EXECUTION_ID, QUEUE.SCHEDULED_AT, QUEUE.ATTEMPT)
            .fetch();
    int attempts = 0;
    for (var row : ended) {
      attempts += row.get(QUEUE.ATTEMPT);
      sql.insertInto(EXECUTIONS)
          .set(EXECUTIONS.BUCKET, id.bucket())
          .set(EXECUTIONS.JOB_ID, id.value())
          .set(EXECUTIONS.ID, row.get(QUEUE.EXECUTION_ID))
          .set(EXECUTIONS.STATUS, ExecutionStatus.cancelled)
          .set(EXECUTIONS.SCHEDULED_AT, row.get(QUEUE.SCHEDULED_AT))
          .set(EXECUTIONS.FINISHED_AT, currentOffsetDateTime())
          .set(EXECUTIONS.ATTEMPT_COUNT, row.get(QUEUE.ATTEMPT))
          .execute();
    }
    if (attempts > 0) {
      sql.update(JOBS)
          .set(JOBS.ATTEMPT_COUNT, JOBS.ATTEMPT_COUNT.plus(attempts))
          .where(is(id))
          .execute();
    }
  }

  private static Condition ofProject(int projectId) {
    return JOBS.PROJECT_ID.eq(projectId);
  }

  private static Condition is(JobId id) {
    return JOBS.BUCKET.eq(id.bucket()).and(JOBS.ID.eq(id.value()));
  }
}
