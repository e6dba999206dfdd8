package dev.ringback.server.store.job;

import static dev.ringback.server.store.schema.Tables.JOBS;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.row;

import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobFilter;
import dev.ringback.server.job.JobId;
import dev.ringback.server.refusal.NotFound.JobNotFound;
import dev.ringback.server.store.db.Database;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/**
 * Reads how jobs stand at a place in the feed of events: what a watch begins with.
 *
 * <p>Thread-safe.
 */
public final class Standings {
  private static final List<Field<?>> STANDS = stands();
  static final String STANDING = standing();

  private final Database database;

  public Standings(Database database) {
    this.database = database;
  }

  /**
   * Jobs as they stood when all events up to a position had happened, and none after it.
   *
   * @param rest where there may be more, behind this job; empty when all have been looked at
   */
  public record Snapshot(Events.Head head, List<Job> jobs, Optional<JobId> rest) {}

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
          Jobs.list(
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
          Job job = JobRows.job(row, AttemptRows.newest(row));
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
                .leftJoin(AttemptRows.newest())
                .on(inline(true))
                .leftJoin(AttemptRows.newestOpen())
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
    fields.addAll(AttemptRows.FACTS);
    fields.addAll(AttemptRows.OPEN_FACTS);
    return fields;
  }
}
