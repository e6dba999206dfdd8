package dev.ringback.server.store.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.job.Attempt;
import dev.ringback.server.job.Claim;
import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobSpec;
import dev.ringback.server.job.Lane;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.job.TargetUrl;
import dev.ringback.server.store.StoreFixture;
import dev.ringback.server.store.job.Claims.Claimed;
import dev.ringback.server.store.job.Claims.Closed;
import dev.ringback.server.store.job.Claims.Demand;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The claim. */
@Timeout(30)
final class ClaimsTest {
  @RegisterExtension private final StoreFixture store = new StoreFixture();
  private final Node node = store.nodes.register("one");

  @Test
  void takesWhatHasBeenDueLongestFirstAndNoMoreThanAsked() throws Exception {
    List<JobId> jobs = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      jobs.add(store.create(StoreFixture.spec()).id());
      store.execute(
          "update queue set due_at = now() - ? * interval '1 s' where job_id = ?",
          10 + i,
          jobs.get(i).value());
    }
    assertThat(store.claim(node, 2))
        .extracting(Claim::jobId)
        .containsExactly(jobs.get(4), jobs.get(3));
    assertThat(store.claim(node, 10))
        .extracting(Claim::jobId)
        .containsExactly(jobs.get(2), jobs.get(1), jobs.get(0));
    assertThat(store.claim(node, 10)).isEmpty();
  }

  @Test
  void carriesAllThatTheCallNeeds() throws Exception {
    Job job = store.create(StoreFixture.spec());
    Claim claim = store.claimOne(node);

    assertThat(claim.owner()).isEqualTo(node.id());
    assertThat(claim.number()).isEqualTo(1);
    assertThat(claim.lost()).isZero();
    assertThat(claim.cron()).isEmpty();
    assertThat(claim.callback()).usingRecursiveComparison().isEqualTo(job.spec().callback());
    assertThat(claim.delivery()).isEqualTo(job.spec().delivery());
    assertThat(claim.scheduledAt()).isEqualTo(job.state().scheduledAt().orElseThrow());
    assertThat(claim.startedAt()).isAfterOrEqualTo(claim.scheduledAt());
  }

  @Test
  void leavesALargeBodyToBeLoadedByItsOwnerAlone() throws Exception {
    for (int length : List.of(Claims.SMALL_BODY, Claims.SMALL_BODY + 1)) {
      byte[] body = StoreFixture.noise(length);
      store.create(StoreFixture.spec("http://127.0.0.1:1/", body));
      Claim claim = store.claimOne(node);
      boolean small = length == Claims.SMALL_BODY;
      assertThat(claim.callback().body()).isEqualTo(small ? body : new byte[0]);
      assertThat(claim.largeBody()).isEqualTo(small ? 0 : length);
      assertThat(store.claims.body(claim)).hasValueSatisfying(b -> assertThat(b).isEqualTo(body));
      store.rescue.releaseStrays(node, List.of());
      assertThat(store.claims.body(claim)).as("it was freed").isEmpty();
      Claim again = store.claimOne(node);
      assertThat(store.claims.body(claim)).as("of an attempt before").isEmpty();
      assertThat(store.claims.body(again)).isPresent();
    }
  }

  @Test
  void neverTakesWhatIsNotYetDue() {
    store.create(StoreFixture.spec(new Schedule.After(Duration.ofMinutes(1))));
    Claimed claimed = store.claims.claim(node, Demand.of(10));
    assertThat(claimed.claims()).isEmpty();
    assertThat(Duration.between(claimed.at(), claimed.nextDue().orElseThrow()))
        .isBetween(Duration.ofSeconds(50), Duration.ofSeconds(60));
  }

  @Test
  void knowsOfNothingWhenNothingWaits() {
    assertThat(store.claims.claim(node, Demand.of(10)).nextDue()).isEmpty();
  }

  @Test
  void leavesOutWhatIsClosedAndWhatItHasLookedAtBefore() throws Exception {
    JobId first = store.create(to("http://one/")).id();
    JobId second = store.create(to("http://one:81/")).id();
    JobId third = store.create(to("http://two/")).id();
    Closed lane =
        new Closed(Set.of(), Set.of(Lane.of(store.project, TargetUrl.stored("http://one/"))));
    assertThat(jobs(new Demand(1, lane, Instant.MIN))).containsExactly(second);
    Closed project = new Closed(Set.of(store.project), Set.of());
    assertThat(jobs(new Demand(10, project, Instant.MIN))).isEmpty();
    Instant due = store.get(third).state().nextRunAt().orElseThrow();
    assertThat(jobs(new Demand(10, Closed.NOTHING, due))).containsExactly(third);
    assertThat(jobs(Demand.of(10))).containsExactly(first);
  }

  private static JobSpec to(String url) {
    return StoreFixture.spec(
        url, new Schedule.After(Duration.ZERO), StoreFixture.RETRIES, Map.of());
  }

  private List<JobId> jobs(Demand demand) {
    return store.claims.claim(node, demand).claims().stream().map(Claim::jobId).toList();
  }

  @Test
  void beginsTheAttempt() throws Exception {
    Job job = store.create(StoreFixture.spec());
    Claim claim = store.claimOne(node);
    assertThat(store.attempts(job.id()))
        .containsExactly(
            new Attempt(
                claim.executionId(),
                1,
                Attempt.Status.OPEN,
                claim.dueAt(),
                claim.startedAt(),
                "one",
                Optional.empty()));
    assertThat(claim.dueAt()).isEqualTo(job.state().nextRunAt().orElseThrow());
  }

  /** Whoever holds a row in the queue sees to it that it can be claimed again. */
  @Test
  void leavesOutWhatIsHeld() throws Exception {
    JobId held = store.create(StoreFixture.spec()).id();
    store.execute("update queue set hold = 'paused' where job_id = ?", held.value());
    Claimed none = store.claims.claim(node, Demand.of(10));
    assertThat(none.claims()).isEmpty();
    assertThat(none.nextDue()).isEmpty();
    store.execute("update queue set hold = null");
    assertThat(jobs(Demand.of(10))).containsExactly(held);
  }

  @Test
  void givesNoRowToTwoClaimersAtOnce() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var created = new ArrayList<Callable<Job>>();
      for (int i = 0; i < 400; i++) {
        created.add(() -> store.create(StoreFixture.spec()));
      }
      threads.invokeAll(created);

      Node other = store.nodes.register("two");
      var claimed = new ArrayList<ExecutionId>();
      List<Callable<List<ExecutionId>>> claimers = List.of(() -> drain(node), () -> drain(other));
      for (var all : threads.invokeAll(claimers)) {
        claimed.addAll(all.get());
      }
      assertThat(claimed).hasSize(400).doesNotHaveDuplicates();
    }
  }

  private List<ExecutionId> drain(Node claimer) {
    var claimed = new ArrayList<ExecutionId>();
    // An empty claim may mean that the other holds what is left, but then the other has it.
    for (List<Claim> claims = store.claim(claimer, 7);
        !claims.isEmpty();
        claims = store.claim(claimer, 7)) {
      claims.forEach(claim -> claimed.add(claim.executionId()));
    }
    return claimed;
  }

  @Test
  void takesNothingForADeadNode() throws Exception {
    store.create(StoreFixture.spec());
    store.execute("delete from nodes");
    assertThat(store.claim(node, 10)).isEmpty();
    assertThat(store.count("queue where owner is null")).isEqualTo(1);
  }

  @Test
  void tellsTheCronOfTheRowThatCarriesTheScheduleOnly() throws Exception {
    Job job = store.create(StoreFixture.spec(StoreFixture.everyMinute()));
    store.makeDue(job.id());
    Claim first = store.claimOne(node);
    assertThat(first.cron()).map(Object::toString).contains("* * * * *");
    store.finishes.finish(List.of(StoreFixture.retried(first, Duration.ZERO)));
    assertThat(store.claimOne(node).cron()).isEmpty();
  }

  /** To know how large a body is, it need not be read. */
  @Test
  void claimsWithoutReadingLargeBodies() throws Exception {
    int claims = 10;
    for (int i = 0; i < claims; i++) {
      store.create(StoreFixture.spec("http://127.0.0.1:1/", StoreFixture.noise(100_000)));
    }
    store.database.run(connection -> {
      connection.setAutoCommit(false);
      try (PreparedStatement claim = connection.prepareStatement(Claims.CLAIM);
          Statement whole = connection.createStatement()) {
        Claims.bind(connection, claim, node, Demand.of(claims));
        int before = readsOfLargeValues(connection);
        try (ResultSet rows = claim.executeQuery()) {
          for (int i = 0; i < claims; i++) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getInt("body_bytes")).isEqualTo(100_000);
          }
        }
        assertThat(readsOfLargeValues(connection) - before).isZero();
        whole.execute("select sum(length(encode(body, 'hex'))) from jobs");
        assertThat(readsOfLargeValues(connection) - before)
            .as("what reading them would have cost")
            .isEqualTo(claims);
      } finally {
        connection.rollback();
      }
      return true;
    });
  }

  /** How often this session has read a value of a job that is stored outside its row. */
  private static int readsOfLargeValues(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                select sum(pg_stat_get_xact_numscans(indexrelid)) from pg_index
                where indrelid = (select reltoastrelid from pg_class where oid = 'jobs'::regclass)
                """)) {
      rows.next();
      return rows.getInt(1);
    }
  }
}
