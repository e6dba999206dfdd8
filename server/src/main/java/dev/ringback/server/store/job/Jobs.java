package dev.ringback.server.store.job;

import static dev.ringback.server.store.schema.Tables.JOBS;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.row;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.values;

import dev.ringback.server.job.Attempt;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobFilter;
import dev.ringback.server.job.JobId;
import dev.ringback.server.refusal.NotFound.JobNotFound;
import dev.ringback.server.store.db.Database;
import java.sql.Connection;
import java.sql.SQLException;
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
import org.jooq.Row2;

/**
 * Reads jobs. A project sees only its own.
 *
 * <p>Thread-safe.
 */
public final class Jobs {
  /** More than a page has by default. */
  private static final int JOBS_AT_A_TIME = 64;

  /** Of them are in memory. A URL and labels may take some 60 KiB. */
  private static final int ROWS_AT_A_TIME = 16;

  private final Database database;

  public Jobs(Database database) {
    this.database = database;
  }

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

  static void require(DSLContext sql, int projectId, JobId id) {
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

  static Job get(Connection connection, int projectId, JobId id) throws SQLException {
    DSLContext sql = Database.sql(connection);
    var row =
        JobRows.where(sql, JobRows.WHOLE, ofProject(projectId).and(is(id)))
            .fetchOptional()
            .orElseThrow(() -> new JobNotFound(id.toString()));
    Map<JobId, Attempt> last = Attempts.last(connection, projectId, List.of(id), AttemptRows.WHOLE);
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

  static Optional<JobId> list(
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
      Map<JobId, Attempt> last = Attempts.last(connection, projectId, some, AttemptRows.SUMMARY);
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

  private static Condition ofProject(int projectId) {
    return JOBS.PROJECT_ID.eq(projectId);
  }

  private static Condition is(JobId id) {
    return JOBS.BUCKET.eq(id.bucket()).and(JOBS.ID.eq(id.value()));
  }
}
