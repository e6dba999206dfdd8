package dev.ringback.server.store.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ringback.server.job.Claim;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.refusal.NotFound.JobNotFound;
import dev.ringback.server.store.StoreFixture;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How a job stands when a watch of it begins, and whether it may still change. */
@Timeout(30)
final class JobsStandingTest {
  @RegisterExtension private final StoreFixture store = new StoreFixture();
  private final Node node = store.nodes.register("one");

  private Standings.Standing standing(JobId id) {
    return store.standings.standing(store.project, id);
  }

  /** As a list shows it, at the place in the feed that the list was read at. */
  private void agreesWithTheList(JobId id, boolean settled) {
    Standings.Standing standing = standing(id);
    Job listed = store.listed(store.project, Set.of(id)).get(id);
    assertThat(standing.job()).usingRecursiveComparison().isEqualTo(listed);
    assertThat(standing.head().position()).isEqualTo(store.events.head().position());
    assertThat(standing.settled()).isEqualTo(settled);
  }

  @Test
  void followsAJobToItsEnd() {
    Job job = store.create(StoreFixture.spec());
    agreesWithTheList(job.id(), false);
    Claim claim = store.claimOne(node);
    agreesWithTheList(job.id(), false);
    store.finishes.finish(List.of(StoreFixture.retried(claim, Duration.ZERO)));
    agreesWithTheList(job.id(), false);
    store.finishes.finish(List.of(StoreFixture.completed(store.claimOne(node))));
    agreesWithTheList(job.id(), true);
    assertThat(standing(job.id()).job().state().status()).isEqualTo(JobStatus.COMPLETED);
  }

  @Test
  void aCancelledJobMayChangeAsLongAsItIsCalled() {
    Job job = store.create(StoreFixture.spec());
    Claim claim = store.claimOne(node);
    store.actions.cancel(store.project, job.id());
    agreesWithTheList(job.id(), false);
    store.finishes.finish(List.of(StoreFixture.completed(claim)));
    agreesWithTheList(job.id(), true);
  }

  @Test
  void isOfTheProjectAlone() {
    Job job = store.create(StoreFixture.spec());
    assertThatThrownBy(() -> store.standings.standing(store.project("other"), job.id()))
        .isInstanceOf(JobNotFound.class);
  }
}
