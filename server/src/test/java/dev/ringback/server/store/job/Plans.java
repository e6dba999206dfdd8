package dev.ringback.server.store.job;

import static dev.ringback.server.store.job.FilledTables.BATCH;
import static dev.ringback.server.store.schema.Tables.JOBS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.job.JobFilter;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.store.db.Database;
import dev.ringback.server.store.db.TestDatabase;
import dev.ringback.server.store.job.FilledTables.Planned;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jooq.Condition;
import org.jooq.conf.ParamType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

/** How a PostgreSQL goes about the statements that run all the time. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(60)
abstract class Plans {
  /** A root, two inner pages and a leaf, a row that was changed, and some to spare. */
  private static final int PAGES_A_LOOK_UP = 8;

  private static final int STRETCH = 100;

  private final EmbeddedPostgres server;

  /** As after a quiet night: the planner last saw them when they were empty. */
  private final FilledTables unseen;

  private final FilledTables seen;

  Plans(int version) throws Exception {
    server = TestDatabase.start(version);
    seen = new FilledTables(TestDatabase.create(server));
    seen.analyze();
    // Last: where many tables are made, a session that keeps plans may lose them.
    unseen = new FilledTables(TestDatabase.create(server));
  }

  @AfterAll
  void close() throws Exception {
    unseen.close();
    seen.close();
    server.close();
  }

  /** On tables that the planner knows, and on those that it believes to be empty. */
  private List<Plan> plans(Planned how, HotStatement statement) throws SQLException {
    List<Plan> plans = new ArrayList<>(List.of(unseen.plan(how, statement)));
    if (how != Planned.WHEN_TABLES_WERE_EMPTY) {
      plans.add(seen.plan(how, statement));
    }
    return plans;
  }

  /** Rows are found by the index, a batch of them one by one, and none but them are looked at. */
  private static void assertLooksUp(Plan plan, String index, String table, int loops) {
    assertThat(plan.scans())
        .as("%s", plan)
        .filteredOn(scan -> scan.is("using %s on %s".formatted(index, table)))
        .isNotEmpty()
        .allSatisfy(scan -> {
          assertThat(scan.loops()).isEqualTo(loops);
          assertThat(scan.rows()).isLessThanOrEqualTo(1);
          assertThat(scan.pagesALoop()).isLessThanOrEqualTo(PAGES_A_LOOK_UP);
        });
  }

  /** The partitions of other days are not even opened. */
  private void assertLooksUpAttemptsOfTodayAlone(Plan plan) {
    String today = Partitions.name("attempts", unseen.today());
    assertLooksUp(plan, today + "_pkey", today, BATCH);
    assertThat(plan.scans())
        .as("%s", plan)
        .filteredOn(scan -> scan.step().contains("attempts"))
        .hasSize(1);
  }

  /** But for those of a row or two. */
  private static void assertReadsNoTableFromEndToEnd(Plan plan) {
    assertThat(plan.scans())
        .as("%s", plan)
        .filteredOn(scan -> !scan.is("on nodes") && !scan.is("on feed"))
        .noneMatch(scan -> scan.step().contains("Seq Scan"));
  }

  @ParameterizedTest
  @EnumSource
  void claimsByTheIndexOfWhatIsDue(Planned how) throws Exception {
    for (Plan plan : plans(how, HotStatement.CLAIM)) {
      assertReadsNoTableFromEndToEnd(plan);
      assertThat(plan.scans())
          .as("%s", plan)
          .anyMatch(scan -> scan.is("using queue_due on queue") && scan.rows() == BATCH)
          .anyMatch(scan -> scan.is("Tid Scan on queue"));
      assertLooksUp(plan, "jobs_pkey", "jobs", BATCH);
      // Nothing is put in order but what was claimed.
      assertThat(plan.lines()).filteredOn(line -> line.contains("Sort  (")).hasSize(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void loadsABodyByItsKey(Planned how) throws Exception {
    for (Plan plan : plans(how, HotStatement.BODY)) {
      assertThat(plan.scans()).hasSize(2);
      assertLooksUp(plan, "queue_pkey", "queue", 1);
      assertLooksUp(plan, "jobs_pkey", "jobs", 1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void finishesByKeys(Planned how) throws Exception {
    for (HotStatement statement :
        List.of(HotStatement.END_ONCE, HotStatement.END, HotStatement.RETRY)) {
      for (Plan plan : plans(how, statement)) {
        assertReadsNoTableFromEndToEnd(plan);
        assertThat(plan.scans()).noneMatch(scan -> scan.step().contains("queue_owned"));
        assertLooksUp(plan, "queue_pkey", "queue q", BATCH);
        assertThat(plan.scans())
            .as("jobs that fire once are not even looked at: %s", plan)
            .noneMatch(scan -> scan.is("using jobs_pkey on jobs"));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void releasesByKeys(Planned how) throws Exception {
    for (Plan plan : plans(how, HotStatement.RELEASE)) {
      assertThat(plan.scans()).as("%s", plan).anyMatch(scan -> scan.step().contains("queue_owned"));
      assertLooksUp(plan, "queue_pkey", "queue", BATCH);
    }
  }

  @ParameterizedTest
  @EnumSource
  void readsIdempotencyKeysByKey(Planned how) throws Exception {
    for (Plan plan : plans(how, HotStatement.KEYS)) {
      assertLooksUp(plan, "idempotency_keys_pkey", "idempotency_keys k", BATCH);
      assertThat(plan.scans()).as("%s", plan).hasSize(1);
    }
  }

  /** However few of them match, no more jobs are looked at than a stretch has. */
  @ParameterizedTest
  @ValueSource(strings = {"", "pending", "pending running", "running", "failed completed"})
  void listsByTheIndexOfLists(String words) throws Exception {
    Set<JobStatus> statuses =
        Arrays.stream(words.split(" "))
            .filter(word -> !word.isEmpty())
            .map(JobStatus::of)
            .collect(Collectors.toSet());
    for (FilledTables tables : List.of(seen, unseen)) {
      for (var before : List.of(Optional.<JobId>empty(), Optional.of(tables.job(10_000)))) {
        for (Map<String, String> labels : List.of(Map.<String, String>of(), Map.of("a", "b"))) {
          var filter = new JobFilter(2, Set.of(), labels, statuses);
          Plan plan = tables.plan(walk(tables, filter, before).replace("?", "'{\"a\": \"b\"}'"));
          assertReadsNoTableFromEndToEnd(plan);
          assertThat(plan.lines()).as("%s", plan).noneMatch(line -> line.contains("Bitmap"));
          assertThat(plan.scans())
              .as("%s", plan)
              .isNotEmpty()
              .allMatch(scan ->
                  scan.is("Backward using jobs_list on jobs")
                      || scan.is("Backward using queue_pkey on queue")
                      || scan.is("Backward using ended_jobs_pkey on ended_jobs")
                      || scan.is("Backward using ended_jobs_pkey on ended_jobs ended_jobs_1")
                      || scan.is("using jobs_pkey on jobs j"))
              .allMatch(scan -> scan.rows() <= STRETCH + 1);
        }
      }
    }
  }

  private static String walk(FilledTables tables, JobFilter filter, Optional<JobId> before) {
    return tables.store.database.run(
        connection -> new JobSearch(connection, filter, before, STRETCH).walkText(STRETCH));
  }

  @Test
  void readsManyJobsByTheirKeys() throws Exception {
    Set<JobId> ids = new HashSet<>();
    for (int i = 1; i <= 1_000; i++) {
      ids.add(seen.job(i));
    }
    Plan plan = seen.plan(list(Jobs.isOneOf(ids)));
    assertReadsNoTableFromEndToEnd(plan);
    assertThat(plan.scans()).as("%s", plan).anyMatch(scan -> scan.is("using jobs_pkey on jobs"));
  }

  private String list(Condition condition) {
    return seen.store.database.run(connection ->
        JobRows.where(Database.sql(connection), JobRows.SUMMARY, condition)
            .orderBy(JOBS.ID.desc())
            .limit(20)
            .getSQL(ParamType.INLINED));
  }

  /** The feed's rows are read in its order, and none but those wanted. */
  private static void assertReadsTheFeedInOrder(Plan plan, int rows) {
    assertThat(plan.lines()).as("%s", plan).noneMatch(line -> line.contains("Sort  ("));
    assertThat(plan.scans())
        .as("%s", plan)
        .filteredOn(scan -> scan.step().contains(" events_p"))
        .isNotEmpty()
        .allMatch(scan -> scan.step().contains("_pkey on events_p"))
        .allMatch(scan -> scan.rows() <= rows);
  }

  /** Without settings it may gather all that has happened since, and put it in order. */
  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "WITHOUT_SETTINGS")
  void readsTheFeedByPositions(Planned how) throws Exception {
    for (Plan plan : plans(how, HotStatement.AFTER)) {
      // The row of the position itself may have more events.
      assertReadsTheFeedInOrder(plan, BATCH + 1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void findsTheHeadOfTheFeedAtTheEndsOfItsDays(Planned how) throws Exception {
    for (Plan plan : plans(how, HotStatement.HEAD)) {
      assertReadsTheFeedInOrder(plan, 1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void raisesTheHorizonByTheEndOfADay(Planned how) throws Exception {
    for (Plan plan : plans(how, HotStatement.HORIZON)) {
      assertReadsTheFeedInOrder(plan, 1);
    }
  }

  /** Without settings it may put in order what lies between the positions, which is not much. */
  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "WITHOUT_SETTINGS")
  void readsAPartOfTheFeedForAProjectByPositions(Planned how) throws Exception {
    for (HotStatement statement : List.of(HotStatement.OF_PROJECT, HotStatement.OF_JOB)) {
      for (Plan plan : plans(how, statement)) {
        // All between the positions.
        assertReadsTheFeedInOrder(plan, 10 * BATCH + 1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void looksEventsUpByKeysInThePartitionsOfTheirDays(Planned how) throws Exception {
    assertThat(unseen.events)
        .hasSize(BATCH)
        .allMatch(event -> Partitions.day(event.at()).equals(unseen.today()));
    for (Plan plan : plans(how, HotStatement.FACTS)) {
      assertReadsNoTableFromEndToEnd(plan);
      assertLooksUp(plan, "jobs_pkey", "jobs", BATCH);
      assertThat(plan.scans()).as("%s", plan).hasSize(1);
    }
    for (Plan plan : plans(how, HotStatement.MESSAGES)) {
      assertReadsNoTableFromEndToEnd(plan);
      assertLooksUpAttemptsOfTodayAlone(plan);
    }
    for (Plan plan : plans(how, HotStatement.OPEN)) {
      assertReadsNoTableFromEndToEnd(plan);
      assertLooksUp(plan, "queue_pkey", "queue", BATCH);
    }
  }

  /** Its row, its live execution and its newest attempt, wherever that is, and the feed's head. */
  @ParameterizedTest
  @EnumSource
  void readsHowAJobStandsByKeys(Planned how) throws Exception {
    for (Plan plan : plans(how, HotStatement.STANDING)) {
      assertThat(plan.scans())
          .as("%s", plan)
          .allMatch(scan -> scan.rows() <= 1)
          .anyMatch(
              scan -> scan.is("using jobs_pkey on jobs") || scan.is("using jobs_list on jobs"))
          .anyMatch(scan -> scan.step().contains("_pkey on attempts_p"))
          .anyMatch(scan -> scan.step().contains("_pkey on events_p"));
    }
  }
}
