package dev.ringback.server.store.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.Await;
import dev.ringback.server.job.Attempt;
import dev.ringback.server.job.Claim;
import dev.ringback.server.job.Execution;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.store.StoreFixture;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of what the dead held. */
@Timeout(30)
final class RescueTest {
  private static final Duration SILENCE = Duration.ofSeconds(10);

  @RegisterExtension private final StoreFixture store = new StoreFixture();
  private final Node node = store.nodes.register("one");

  private void silence(Node silent) throws SQLException {
    store.execute(
        "update nodes set heartbeat_at = now() - interval '11 s' where id = ?", silent.id());
  }

  @Test
  void freesWhatTheDeadHeld() throws Exception {
    Node living = store.nodes.register("two");
    JobId kept = store.create(StoreFixture.spec()).id();
    store.claimOne(living);
    JobId lost = store.create(StoreFixture.spec()).id();
    store.claimOne(node);
    silence(node);

    assertThat(store.rescue.rescue(SILENCE)).containsExactly(new Rescue.Dead("one", 1));
    assertThat(store.get(kept).state().status()).isEqualTo(JobStatus.RUNNING);
    Job.State state = store.get(lost).state();
    assertThat(state.status()).isEqualTo(JobStatus.PENDING);
    Attempt attempt = state.lastAttempt().orElseThrow();
    assertThat(attempt.status()).isEqualTo(Attempt.Status.LOST);
    assertThat(attempt.result().orElseThrow().error())
        .contains(new Attempt.Error("lost", "the node one stopped or was cut off during the call"));
    assertThat(attempt.result().orElseThrow().durationMillis()).isEmpty();

    Claim again = store.claimOne(living);
    assertThat(again.jobId()).isEqualTo(lost);
    assertThat(again.number()).isEqualTo(2);
    assertThat(again.lost()).isEqualTo(1);
  }

  /** Statistics of one node make a plan that asks for a silent one again and again. */
  @Test
  void buriesOneAtATimeByAnyPlan() throws Exception {
    store.execute("analyze nodes");
    for (Node dead : List.of(node, store.nodes.register("two"), store.nodes.register("three"))) {
      store.create(StoreFixture.spec());
      store.claimOne(dead);
      silence(dead);
    }
    assertThat(store.rescue.rescue(SILENCE))
        .extracting(Rescue.Dead::executions)
        .containsExactly(1, 1, 1);
    assertThat(store.count("queue where owner is null and lost = 1")).isEqualTo(3);
  }

  @Test
  void endsWhatWasCancelledMeanwhile() throws Exception {
    JobId job = store.create(StoreFixture.spec()).id();
    store.claimOne(node);
    store.actions.cancel(store.project, job);
    assertThat(store.rescue.retire(node)).isEqualTo(1);

    assertThat(store.count("queue")).isZero();
    assertThat(store.get(job).state().status()).isEqualTo(JobStatus.CANCELLED);
    assertThat(store.get(job).state().attemptCount()).isEqualTo(1);
    assertThat(store.executions.list(store.project, job, Optional.empty(), 10))
        .extracting(Execution::status)
        .containsExactly(Execution.Status.CANCELLED);
    assertThat(store.attempts(job))
        .extracting(Attempt::status)
        .containsExactly(Attempt.Status.LOST);
  }

  @Test
  void retiresWithWhatItHeld() throws Exception {
    store.create(StoreFixture.spec());
    store.claimOne(node);
    assertThat(store.rescue.retire(node)).isEqualTo(1);
    assertThat(store.count("nodes")).isZero();
    assertThat(store.rescue.retire(node)).isZero();
    assertThat(store.claim(store.nodes.register("two"), 10)).hasSize(1);
  }

  @Test
  void waitsForAClaimBeforeItDeclaresDead() throws Exception {
    store.create(StoreFixture.spec());
    silence(node);
    try (Connection connection = store.connect()) {
      connection.setAutoCommit(false);
      claim(connection);
      assertThat(store.rescue.rescue(SILENCE)).isEmpty();
      connection.commit();
    }
    assertThat(store.rescue.rescue(SILENCE)).containsExactly(new Rescue.Dead("one", 1));
    assertThat(store.count("queue where owner is null and lost = 1")).isEqualTo(1);
  }

  @Test
  void claimsNothingOnceItIsBeingDeclaredDead() throws Exception {
    store.create(StoreFixture.spec());
    CompletableFuture<List<Claim>> claimed;
    try (Connection connection = store.connect();
        Statement burial = connection.createStatement()) {
      connection.setAutoCommit(false);
      burial.execute("delete from nodes");
      claimed = CompletableFuture.supplyAsync(() -> store.claim(node, 1));
      Await.until("a claim that waits", () -> store.count("pg_locks where not granted") > 0);
      connection.commit();
    }
    assertThat(claimed.get(10, TimeUnit.SECONDS)).isEmpty();
    assertThat(store.count("queue where owner is null and attempt = 0")).isEqualTo(1);
  }

  private void claim(Connection connection) throws SQLException {
    try (PreparedStatement claim = connection.prepareStatement(Claims.CLAIM)) {
      Claims.bind(connection, claim, node, Claims.Demand.of(1));
      try (var rows = claim.executeQuery()) {
        assertThat(rows.next()).isTrue();
      }
    }
  }
}
