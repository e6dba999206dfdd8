package dev.ringback.server.store;

import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds the jobs that a filter lets through, newest first, and looks at no more jobs than one call
 * may, however few of them it finds: another call goes on from there.
 *
 * <p>It walks along the index of lists, a stretch at a time, since that has a certain end. The
 * index of labels may find what matches sooner. But it finds all matches, in every project, before
 * it tells the first: so it is asked only when the first stretch was not enough, and for a short
 * time.
 *
 * <p>Not thread-safe. All statements run in one transaction, which sees one state of the database.
 */
final class JobSearch {
  /** How many jobs one call looks at, and for how long, apart from its last stretch. */
  static final int MOST = 50_000;

  private static final Duration LONGEST = Duration.ofSeconds(1);

  /** Small enough that it takes no second on a slow disk that has to be read for each job. */
  private static final int STRETCH = 2_000;

  private static final Duration BY_LABELS = Duration.ofMillis(250);
  private static final String CANCELED = "57014";

  // Numbers and ids are written into the statements, so that each is planned for what it asks,
  // whatever was planned when the tables were empty. Each branch has a limit, however the branches
  // are joined.
  private static final String OF_STATUS =
      """
      (select bucket, id, status, labels from jobs
        where project_id = %d and status = '%s' and bucket >= 0 and id < '%s'
        order by id desc limit %d)
      """;

  /** Few jobs run at a time: they are found in the queue. */
  private static final String RUNNING =
      """
      (select j.bucket, j.id, j.status, j.labels from (
          select distinct bucket, job_id from queue where owner is not null and project_id = %d
        ) called join jobs j on j.bucket = any (array[called.bucket]) and j.id = called.job_id
        where j.status = 'pending' and j.id < '%s'
        order by j.id desc limit %d)
      """;

  /** The jobs of a stretch that match, and its last job, if it has as many as it may. */
  private static final String WALK =
      """
      with walked as materialized (
        select * from (%s) j order by id desc limit %d
      )
      select bucket, id, true as matches from walked j where %s
      union all (select bucket, id, false from walked offset %d)
      """;

  private static final String INDEXED =
      """
      with found as materialized (
        select bucket, id, status from jobs
        where project_id = %d and labels @> ?::jsonb and labels <> '{}'
      )
      select bucket, id, true as matches from found j
      where id < '%s' and %s
      order by id desc limit %d
      """;

  private static final Input<JobId> IDS =
      Input.<JobId>of().int2("bucket", JobId::bucket).uuid("id", JobId::value);

  private static final String NAMED =
      """
      select j.bucket, j.id, true as matches
      from (select distinct bucket, id from %s) w
        join jobs j on j.bucket = any (array[w.bucket]) and j.id = w.id
      where j.project_id = %%d and j.id < '%%s' and %%s and %%s
      order by j.id desc limit %%d
      """
          .formatted(IDS.rows());

  private static final String NOT_RUNNING =
      """
      (j.status <> 'pending' or not exists (select from queue q
        where q.bucket = any (array[j.bucket]) and q.job_id = j.id and q.owner is not null))
      """;

  private static final String ONLY_IF_RUNNING =
      """
      (j.status <> 'pending' or exists (select from queue q
        where q.bucket = any (array[j.bucket]) and q.job_id = j.id and q.owner is not null))
      """;

  private static final UUID NEWEST = new UUID(-1, -1);
  private static final Comparator<JobId> NEWEST_FIRST =
      Comparator.comparing(JobId::toString, Comparator.reverseOrder());

  private final Connection connection;
  private final Jobs.Filter filter;
  private final int wanted;
  private final Set<JobStatus> statuses;
  private final long until = System.nanoTime() + LONGEST.toNanos();

  private UUID before;
  private int looked;
  private boolean byLabels;
  private boolean complete;

  /**
   * Begins a search.
   *
   * @param wanted how many jobs are likely to be asked for
   */
  JobSearch(Connection connection, Jobs.Filter filter, int wanted) {
    this.connection = connection;
    this.filter = filter;
    this.wanted = wanted;
    this.statuses =
        filter.statuses().isEmpty() ? EnumSet.allOf(JobStatus.class) : filter.statuses();
    this.before = filter.before().map(JobId::value).orElse(NEWEST);
  }

  /** Whether there may be more that this call may look at. */
  boolean hasNext() {
    return !complete && looked < MOST && System.nanoTime() - until < 0;
  }

  /** The job to go on from in another call; empty when all jobs have been looked at. */
  Optional<JobId> rest() {
    return complete || before.equals(NEWEST) ? Optional.empty() : Optional.of(new JobId(before));
  }

  /** The next that match, newest first; may be none. */
  List<JobId> next() throws SQLException {
    if (!filter.ids().isEmpty()) {
      return all(named());
    }
    if (looked > 0 && !filter.labels().isEmpty() && (byLabels || looked <= STRETCH)) {
      Optional<List<JobId>> found = indexed();
      byLabels = found.isPresent();
      if (byLabels) {
        return all(found.get());
      }
    }
    return walk();
  }

  /** All that there are, or as many as were wanted. */
  private List<JobId> all(List<JobId> found) {
    complete = found.size() < wanted;
    if (!complete) {
      before = found.getLast().value();
    }
    looked += found.size();
    return found;
  }

  private List<JobId> walk() throws SQLException {
    int stretch = isSelective() ? STRETCH : Math.min(wanted, STRETCH);
    try (var statement = connection.prepareStatement(walkText(stretch))) {
      if (!filter.labels().isEmpty()) {
        statement.setString(1, Columns.json(filter.labels()));
      }
      List<JobId> found = new ArrayList<>();
      @Nullable JobId last = null;
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          JobId id = new JobId(rows.getObject("id", UUID.class));
          if (rows.getBoolean("matches")) {
            found.add(id);
          } else {
            last = id;
          }
        }
      }
      found.sort(NEWEST_FIRST);
      complete = last == null;
      before = last == null ? before : last.value();
      looked += stretch;
      return found;
    }
  }

  /** Whether jobs of the statuses that are wanted may not match. */
  private boolean isSelective() {
    return !filter.labels().isEmpty() || isOnly(JobStatus.PENDING, JobStatus.RUNNING);
  }

  private boolean isOnly(JobStatus one, JobStatus other) {
    return statuses.contains(one) && !statuses.contains(other);
  }

  String walkText(int stretch) {
    List<String> branches = new ArrayList<>();
    for (JobStatus status : statuses) {
      if (status != JobStatus.RUNNING) {
        branches.add(
            OF_STATUS.formatted(filter.projectId(), JobRows.stored(status), before, stretch));
      }
    }
    if (isOnly(JobStatus.RUNNING, JobStatus.PENDING)) {
      branches.add(RUNNING.formatted(filter.projectId(), before, stretch));
    }
    String condition =
        labelCondition()
            + (isOnly(JobStatus.PENDING, JobStatus.RUNNING) ? " and " + NOT_RUNNING : "");
    return WALK.formatted(String.join("union all", branches), stretch, condition, stretch - 1);
  }

  private String labelCondition() {
    return filter.labels().isEmpty() ? "true" : "labels @> ?::jsonb";
  }

  private String statusCondition() {
    String stored =
        statuses.stream()
            .map(status -> status == JobStatus.RUNNING ? JobStatus.PENDING : status)
            .map(status -> "'" + JobRows.stored(status) + "'")
            .distinct()
            .collect(Collectors.joining(", ", "j.status in (", ")"));
    if (isOnly(JobStatus.PENDING, JobStatus.RUNNING)) {
      return stored + " and " + NOT_RUNNING;
    }
    return isOnly(JobStatus.RUNNING, JobStatus.PENDING)
        ? stored + " and " + ONLY_IF_RUNNING
        : stored;
  }

  String indexedText() {
    return INDEXED.formatted(filter.projectId(), before, statusCondition(), wanted);
  }

  /** Those that the index of labels finds in a short time, or nothing. */
  private Optional<List<JobId>> indexed() throws SQLException {
    Savepoint savepoint = connection.setSavepoint();
    try (var settings = connection.createStatement();
        var statement = connection.prepareStatement(indexedText())) {
      settings.execute(
          "set local enable_bitmapscan = on; set local statement_timeout = "
              + BY_LABELS.toMillis());
      statement.setString(1, Columns.json(filter.labels()));
      return Optional.of(ids(statement));
    } catch (SQLException e) {
      if (!CANCELED.equals(e.getSQLState())) {
        throw e;
      }
      return Optional.empty();
    } finally {
      // This takes the settings back, too.
      connection.rollback(savepoint);
    }
  }

  private List<JobId> named() throws SQLException {
    String text =
        NAMED.formatted(filter.projectId(), before, labelCondition(), statusCondition(), wanted);
    try (var statement = connection.prepareStatement(text)) {
      IDS.bind(connection, statement, 1, List.copyOf(filter.ids()));
      if (!filter.labels().isEmpty()) {
        statement.setString(3, Columns.json(filter.labels()));
      }
      return ids(statement);
    }
  }

  private static List<JobId> ids(PreparedStatement statement) throws SQLException {
    try (ResultSet rows = statement.executeQuery()) {
      List<JobId> ids = new ArrayList<>();
      while (rows.next()) {
        ids.add(new JobId(rows.getObject("id", UUID.class)));
      }
      return ids;
    }
  }
}
