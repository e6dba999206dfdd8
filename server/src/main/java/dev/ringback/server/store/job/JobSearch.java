package dev.ringback.server.store.job;

import dev.ringback.server.job.JobFilter;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.store.db.Columns;
import dev.ringback.server.store.db.Input;
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
 * <p>It walks along an index, a stretch at a time, since the end of that can be foreseen: that of
 * all jobs, that of the ended ones of a status, or that of the queue. What labels match may be
 * found faster by their own index. But that finds all of them, in every project, before it tells
 * the first: so it is asked only when the first stretch was not enough, and for a short time.
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

  // Numbers and ids are written into the texts, so that each is planned for what it asks, whatever
  // was planned when the tables were empty. Each branch ends by itself, however they are put
  // together.
  private static final String OF_ALL =
      """
      (select bucket, id, null as status from jobs
        where project_id = %d and bucket >= 0 and id < '%s'
        order by id desc limit %d)
      """;

  private static final String OF_ENDED =
      """
      (select bucket, job_id as id, status::text from ended_jobs
        where project_id = %d and status = '%s' and job_id < '%s'
        order by job_id desc limit %d)
      """;

  /** How a job stands that has not ended, by its rows in the queue. */
  private static final String LIVE_STATUS =
      """
      case when bool_or(owner is not null) then 'running'
          when bool_or(hold = 'paused') then 'paused' else 'pending' end\
      """;

  private static final String OF_LIVE =
      """
      (select min(bucket) as bucket, job_id as id, %s as status from queue
        where project_id = %%d and job_id < '%%s' and cancelled_at is null
        group by job_id order by job_id desc limit %%d)
      """
          .formatted(LIVE_STATUS);

  /** The jobs of a stretch that match, and its last job, if it has as many as it may. */
  private static final String WALK =
      """
      with walked as materialized (
        select * from (%s) j order by id desc limit %d
      )
      select id, true as matches from walked w where %s and %s
      union all (select id, false from walked offset %d)
      """;

  private static final String WITH_LABELS =
      """
      exists (select from jobs j
        where j.bucket = any (array[w.bucket]) and j.id = w.id and j.labels @> ?::jsonb)\
      """;

  private static final String INDEXED =
      """
      with found as materialized (
        select id from jobs where project_id = %d and labels @> ?::jsonb and labels <> '{}'
      )
      select id, true as matches from found j
      where id < '%s' and %s
      order by id desc limit %d
      """;

  private static final Input<JobId> IDS =
      Input.<JobId>of().int2("bucket", JobId::bucket).uuid("id", JobId::value);

  private static final String NAMED =
      """
      select j.id, true as matches
      from (select distinct bucket, id from %s) w
        join jobs j on j.bucket = any (array[w.bucket]) and j.id = w.id
      where j.project_id = %%d and j.id < '%%s' and %%s and %%s
      order by j.id desc limit %%d
      """
          .formatted(IDS.rows());

  /** How a job {@code j} of a project stands. */
  private static final String STATUS_OF =
      """
      coalesce(
        (select status::text from ended_jobs
          where project_id = %%1$d and status in ('completed', 'failed', 'cancelled')
            and job_id = j.id limit 1),
        (select %s from queue where project_id = %%1$d and job_id = j.id))\
      """
          .formatted(LIVE_STATUS);

  private static final Set<JobStatus> LIVE =
      EnumSet.of(JobStatus.PENDING, JobStatus.RUNNING, JobStatus.PAUSED);

  private static final UUID NEWEST = new UUID(-1, -1);
  private static final Comparator<JobId> NEWEST_FIRST =
      Comparator.comparing(JobId::toString, Comparator.reverseOrder());

  private final Connection connection;
  private final JobFilter filter;
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
   * @param before only older jobs than this are found
   * @param wanted how many jobs are likely to be asked for
   */
  JobSearch(Connection connection, JobFilter filter, Optional<JobId> before, int wanted) {
    this.connection = connection;
    this.filter = filter;
    this.wanted = wanted;
    this.statuses =
        filter.statuses().isEmpty()
            ? EnumSet.allOf(JobStatus.class)
            : EnumSet.copyOf(filter.statuses());
    this.before = before.map(JobId::value).orElse(NEWEST);
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

  /** Whether jobs that are looked at may not match. */
  private boolean isSelective() {
    return !filter.labels().isEmpty() || isLiveInPart();
  }

  private boolean isOfAll() {
    return statuses.size() == JobStatus.values().length;
  }

  /** Whether some of the jobs that have not ended are wanted, and others are not. */
  private boolean isLiveInPart() {
    return statuses.stream().anyMatch(LIVE::contains) && !statuses.containsAll(LIVE);
  }

  String walkText(int stretch) {
    return WALK.formatted(
        String.join("union all", branches(stretch)),
        stretch,
        isLiveInPart() ? "status in " + words() : "true",
        filter.labels().isEmpty() ? "true" : WITH_LABELS,
        stretch - 1);
  }

  private List<String> branches(int stretch) {
    int project = filter.projectId();
    if (isOfAll()) {
      return List.of(OF_ALL.formatted(project, before, stretch));
    }
    List<String> branches = new ArrayList<>();
    for (JobStatus status : statuses) {
      if (status.isFinal()) {
        branches.add(OF_ENDED.formatted(project, status.word(), before, stretch));
      }
    }
    if (statuses.stream().anyMatch(LIVE::contains)) {
      branches.add(OF_LIVE.formatted(project, before, stretch));
    }
    return branches;
  }

  private String words() {
    return statuses.stream()
        .map(status -> "'" + status.word() + "'")
        .collect(Collectors.joining(", ", "(", ")"));
  }

  private String statusCondition() {
    return isOfAll() ? "true" : STATUS_OF.formatted(filter.projectId()) + " in " + words();
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
        NAMED.formatted(
            filter.projectId(),
            before,
            filter.labels().isEmpty() ? "true" : "j.labels @> ?::jsonb",
            statusCondition(),
            wanted);
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
