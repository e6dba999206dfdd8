package dev.ringback.server.store.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.job.Attempt;
import dev.ringback.server.job.Change;
import dev.ringback.server.job.Claim;
import dev.ringback.server.job.Event;
import dev.ringback.server.job.Finish;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.job.Outcome;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.job.Verdict;
import dev.ringback.server.store.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Reading the feed, and looking up what its events were. */
@Timeout(30)
final class EventsReadTest {
  private static final int ANY = 1_000;
  private static final long END = Long.MAX_VALUE;

  @RegisterExtension private final StoreFixture store = new StoreFixture();
  private final Node node = store.nodes.register("one");

  private JobId create() {
    return store.create(StoreFixture.spec(new Schedule.After(Duration.ofHours(1)))).id();
  }

  private List<Event> all() {
    return store.events.after(0, ANY);
  }

  @Test
  void readsPageByPage() {
    create();
    create();
    create();
    List<Event> all = all();
    assertThat(all).hasSize(3);
    assertThat(store.events.after(0, 2)).isEqualTo(all.subList(0, 2));
    assertThat(store.events.after(all.get(1).position(), 2)).isEqualTo(all.subList(2, 3));
    assertThat(store.events.after(all.get(2).position(), 2)).isEmpty();
  }

  @Test
  void theHeadIsTheLastEventOrTheHorizon() throws Exception {
    Events.Head none = store.events.head();
    assertThat(none.position()).isZero();
    assertThat(none.horizon()).isZero();
    create();
    create();
    Events.Head two = store.events.head();
    assertThat(two.position()).isEqualTo(all().getLast().position());
    assertThat(two.horizon()).isZero();
    assertThat(two.at()).isAfterOrEqualTo(all().getLast().at());
    store.execute("update feed set horizon = 40000");
    assertThat(store.events.head().horizon()).isEqualTo(40_000);
    assertThat(store.events.head().position()).as("all of them are gone").isEqualTo(40_000);
  }

  @Test
  void readsAProjectBetweenTwoPositions() {
    int other = store.project("other");
    List<JobId> jobs = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      jobs.add(create());
      store.createAll(other, List.of(StoreFixture.spec()));
    }
    List<Event> ours = all().stream().filter(event -> event.projectId() == store.project).toList();
    assertThat(ours).extracting(Event::job).isEqualTo(jobs);
    long first = ours.getFirst().position();
    long last = ours.getLast().position();
    assertThat(ofProject(Set.of(), 0, END)).isEqualTo(ours);
    assertThat(ofProject(Set.of(), first, last)).isEqualTo(ours.subList(1, 4));
    assertThat(ofProject(Set.of(), first, last - 1)).isEqualTo(ours.subList(1, 3));
    assertThat(ofProject(Set.of(), first - 1, first)).isEqualTo(ours.subList(0, 1));
    assertThat(ofProject(Set.of(), last, END)).isEmpty();
    assertThat(ofProject(Set.of(jobs.get(1), jobs.get(3)), 0, END))
        .containsExactly(ours.get(1), ours.get(3));
    assertThat(ofProject(Set.of(jobs.get(3)), 0, last - 1)).isEmpty();
    assertThat(store.events.ofProject(other, Set.copyOf(jobs), 0, END, ANY)).isEmpty();
    assertThat(store.events.ofProject(store.project, Set.of(), first, last, 2))
        .isEqualTo(ours.subList(1, 3));
  }

  private List<Event> ofProject(Set<JobId> jobs, long after, long to) {
    return store.events.ofProject(store.project, jobs, after, to, ANY);
  }

  @Test
  void describesInTheOrderAskedFor() {
    for (int i = 0; i < 50; i++) {
      create();
    }
    List<Event> shuffled = new ArrayList<>(all());
    Collections.shuffle(shuffled, new Random(1));
    assertThat(store.events.describe(shuffled)).extracting(Change::event).isEqualTo(shuffled);
    assertThat(store.events.describe(List.of())).isEmpty();
  }

  @Test
  void describesEachEventAsItWas() throws Exception {
    JobId job = store.create(StoreFixture.spec()).id();
    Claim first = store.claimOne(node);
    store.finishes.finish(List.of(StoreFixture.retried(first, Duration.ofMinutes(1))));
    store.makeDue(job);
    Claim second = store.claimOne(node);
    store.actions.cancel(store.project, job);
    store.finishes.finish(List.of(StoreFixture.completed(second)));
    List<Change> changes = store.events.describe(all());
    assertThat(changes)
        .extracting(change -> change.job().state().status())
        .containsExactly(
            JobStatus.PENDING,
            JobStatus.RUNNING,
            JobStatus.PENDING,
            JobStatus.RUNNING,
            JobStatus.CANCELLED,
            JobStatus.CANCELLED);
    assertThat(changes)
        .extracting(change ->
            change.attempt().map(attempt -> attempt.number() + " " + attempt.status().word()))
        .extracting(attempt -> attempt.orElse("none"))
        .containsExactly("none", "1 open", "1 failed", "2 open", "none", "2 succeeded");
    assertThat(changes)
        .extracting(change -> change.job().state().attemptCount())
        .containsExactly(0, 1, 1, 2, 2, 2);
    assertThat(changes.get(4).job().state().lastAttempt().map(Attempt::number)).contains(2);
    Attempt.Result failed = changes.get(2).attempt().orElseThrow().result().orElseThrow();
    assertThat(failed.answer().orElseThrow().statusCode()).isEqualTo(503);
    // Watchers are told neither headers nor bodies.
    assertThat(failed.requestHeaders()).isEmpty();
    assertThat(failed.answer().orElseThrow().body()).isEmpty();
  }

  @Test
  void leavesOutWhatIsOfAJobThatIsGone() throws Exception {
    JobId gone = create();
    JobId kept = create();
    store.execute("delete from jobs where id = ?", gone.value());
    assertThat(all()).hasSize(2);
    assertThat(store.events.describe(all()))
        .extracting(change -> change.job().id())
        .containsExactly(kept);
  }

  /** What a message of a failure that no status explains is read from is no longer kept. */
  @Test
  void tellsAllButTheMessageOfAnAttemptThatIsGone() throws Exception {
    store.create(StoreFixture.spec());
    Claim claim = store.claimOne(node);
    store.finishes.finish(
        List.of(
            new Finish(
                claim,
                new Outcome.Unanswered(
                    Outcome.ErrorClass.CLOSED, "why", Map.of(), Duration.ofMillis(3)),
                new Verdict.GiveUp(),
                Optional.empty())));
    assertThat(lastError()).isEqualTo(new Attempt.Error("closed", "why"));
    store.execute("drop table " + Partitions.name("attempts", Partitions.day(claim.startedAt())));
    assertThat(lastError()).isEqualTo(new Attempt.Error("closed", ""));
  }

  private Attempt.Error lastError() {
    Change change = store.events.describe(all()).getLast();
    return change.attempt().flatMap(Attempt::result).flatMap(Attempt.Result::error).orElseThrow();
  }

  /** Whatever becomes of the job and its row, what was told of it is told again. */
  @Test
  void tellsTheSameHoweverTheJobChangesLater() throws Exception {
    JobId job = store.create(StoreFixture.spec()).id();
    Claim first = store.claimOne(node);
    store.finishes.finish(List.of(StoreFixture.retried(first, Duration.ofMinutes(1))));
    List<Event> events = all();
    List<Change> before = store.events.describe(events);
    store.execute("update queue set hold = 'paused', revision = 2 where job_id = ?", job.value());
    store.execute("update jobs set revision = 2, updated_at = now() where id = ?", job.value());
    assertThat(store.events.describe(events)).usingRecursiveComparison().isEqualTo(before);
    store.actions.cancel(store.project, job);
    assertThat(new Events(store.database).describe(events))
        .usingRecursiveComparison()
        .isEqualTo(before);
  }
}
