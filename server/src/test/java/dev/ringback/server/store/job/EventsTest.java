package dev.ringback.server.store.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ringback.server.Await;
import dev.ringback.server.job.AttemptKey;
import dev.ringback.server.job.Claim;
import dev.ringback.server.job.Event;
import dev.ringback.server.job.Finish;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobSpec;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.refusal.Conflict.IdempotencyKeyReused;
import dev.ringback.server.refusal.Conflict.JobEnded;
import dev.ringback.server.refusal.NotFound.JobNotFound;
import dev.ringback.server.store.StoreFixture;
import dev.ringback.server.store.db.Columns;
import dev.ringback.server.store.db.Signal;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each statement that changes a job tells of it in the feed of events, once. */
@Timeout(30)
final class EventsTest {
  @RegisterExtension private final StoreFixture store = new StoreFixture();
  private final Node node = store.nodes.register("one");

  /** What lies behind it has not been looked at. */
  private long seen;

  /** The events since the last look. */
  private List<Event> news() {
    List<Event> events = store.events.after(seen, 1_000);
    assertThat(events).extracting(Event::position).isSorted().doesNotHaveDuplicates();
    seen = events.isEmpty() ? seen : events.getLast().position();
    return events;
  }

  private Event onlyNews() {
    List<Event> events = news();
    assertThat(events).hasSize(1);
    return events.getFirst();
  }

  private static Creation creation(int project, JobSpec spec, String key) {
    return new Creation(
        project,
        spec,
        Optional.of(key).filter(text -> !text.isEmpty()).map(text -> StoreFixture.key(text, spec)));
  }

  /** A job whose call is being made; all that led there has been looked at. */
  private Claim started() {
    store.create(StoreFixture.spec());
    Claim claim = store.claimOne(node);
    news();
    return claim;
  }

  private Claim cancelled(Claim claim) {
    store.actions.cancel(store.project, claim.jobId());
    news();
    return claim;
  }

  private static void assertIsOf(Claim claim, Event.Kind kind, Event event) {
    assertThat(event.kind()).isEqualTo(kind);
    assertThat(event.job()).isEqualTo(claim.jobId());
    assertThat(event.execution()).contains(claim.executionId());
    Event.Call call = event.attempt().orElseThrow();
    assertThat(call.number()).isEqualTo(claim.number());
    assertThat(call.node()).isEqualTo("one");
    assertThat(call.host()).isEqualTo((int) claim.lane().value());
    assertThat(call.dueAt()).isEqualTo(claim.dueAt());
    assertThat(call.startedAt()).isEqualTo(claim.startedAt());
    assertThat(call.end().isPresent()).isEqualTo(kind != Event.Kind.STARTED);
  }

  @Test
  void tellsOfACreate() {
    Job job = store.create(StoreFixture.spec());
    Event event = onlyNews();
    assertThat(event.kind()).isEqualTo(Event.Kind.CREATED);
    assertThat(event.projectId()).isEqualTo(store.project);
    assertThat(event.job()).isEqualTo(job.id());
    assertThat(event.at()).isEqualTo(job.state().createdAt());
    assertThat(event.after().nextRunAt()).isEqualTo(job.state().nextRunAt());
    assertThat(event.attempt()).isEmpty();
    assertThat(event.execution()).contains(store.claimOne(node).executionId());
  }

  @Test
  void tellsOfTheFirstTimeWhichIsNeverInThePast() {
    Instant later = Columns.micros(store.clock.instant().plus(Duration.ofDays(1)));
    store.create(StoreFixture.spec(new Schedule.At(later)));
    assertThat(onlyNews().after().nextRunAt()).contains(later);
    Job past = store.create(StoreFixture.spec(new Schedule.At(Instant.EPOCH)));
    assertThat(onlyNews().after().nextRunAt()).contains(past.state().createdAt());
    Job recurring = store.create(StoreFixture.spec(StoreFixture.everyMinute()));
    assertThat(onlyNews().after().nextRunAt()).isPresent().isEqualTo(recurring.state().nextRunAt());
  }

  @Test
  void tellsOfEachJobOfABatch() {
    int other = store.project("other");
    JobSpec spec = StoreFixture.spec();
    List<Created> created =
        store.creates.createAll(
            List.of(
                creation(store.project, spec, ""),
                creation(other, spec, ""),
                creation(other, spec, "")));
    List<Event> events = news();
    assertThat(events).extracting(Event::kind).containsOnly(Event.Kind.CREATED);
    assertThat(events)
        .extracting(Event::job)
        .containsExactlyInAnyOrderElementsOf(
            created.stream().map(one -> ((Created.New) one).job().id()).toList());
    assertThat(events)
        .extracting(Event::projectId)
        .containsExactlyInAnyOrder(store.project, other, other);
  }

  @Test
  void tellsNothingOfACreateThatIsRepeated() {
    Creation creation = creation(store.project, StoreFixture.spec(), "key");
    store.creates.create(creation);
    assertThat(news()).hasSize(1);
    store.creates.create(creation);
    store.creates.createAll(List.of(creation, creation));
    assertThat(news()).isEmpty();
    store.creates.createAll(List.of(creation, creation(store.project, StoreFixture.spec(), "2")));
    assertThat(news()).hasSize(1);
  }

  @Test
  void whatFailsLeavesAGapAndNoEvent() {
    store.creates.create(creation(store.project, StoreFixture.spec(), "key"));
    long before = onlyNews().position();
    JobSpec other = StoreFixture.spec(new Schedule.After(Duration.ofHours(1)));
    assertThatThrownBy(() ->
            store.creates.createAll(
                List.of(creation(store.project, other, ""), creation(store.project, other, "key"))))
        .isInstanceOf(IdempotencyKeyReused.class);
    assertThat(news()).isEmpty();
    assertThat(store.events.head().position()).isEqualTo(before);
    store.create(other);
    assertThat(onlyNews().position()).isEqualTo(before + 2 * Events.POSITIONS_A_ROW);
  }

  @Test
  void tellsOfEachClaim() {
    store.createAll(store.project, List.of(StoreFixture.spec(), StoreFixture.spec()));
    news();
    List<Claim> claims = store.claim(node, 10);
    List<Event> events = news();
    assertThat(events).hasSize(2);
    for (Claim claim : claims) {
      Event event =
          events.stream().filter(one -> one.job().equals(claim.jobId())).findAny().orElseThrow();
      assertIsOf(claim, Event.Kind.STARTED, event);
      assertThat(event.projectId()).isEqualTo(store.project);
      assertThat(event.at()).isEqualTo(claim.startedAt());
      assertThat(event.after().nextRunAt()).isEmpty();
    }
    assertThat(store.claim(node, 10)).isEmpty();
    assertThat(news()).isEmpty();
  }

  @Test
  void tellsOfAFinish() throws Exception {
    Claim claim = started();
    store.finishes.finish(List.of(StoreFixture.retried(claim, Duration.ofSeconds(7))));
    Event retried = onlyNews();
    assertIsOf(claim, Event.Kind.RETRIED, retried);
    assertThat(retried.after().nextRunAt()).contains(retried.at().plusSeconds(7));
    assertThat(retried.after().nextRunAt()).isEqualTo(store.get(claim.jobId()).state().nextRunAt());

    store.makeDue(claim.jobId());
    Claim second = store.claimOne(node);
    assertIsOf(second, Event.Kind.STARTED, onlyNews());
    store.finishes.finish(List.of(StoreFixture.completed(second)));
    Event completed = onlyNews();
    assertIsOf(second, Event.Kind.COMPLETED, completed);
    assertThat(completed.after().attemptCount()).isEqualTo(2);
    assertThat(completed.after().nextRunAt()).isEmpty();
    assertThat(store.get(claim.jobId()).state().finishedAt()).contains(completed.at());

    Claim hopeless = started();
    store.finishes.finish(List.of(StoreFixture.givenUp(hopeless)));
    assertIsOf(hopeless, Event.Kind.FAILED, onlyNews());
  }

  @Test
  void tellsOfAFinishOfAJobThatWasCancelledMeanwhile() {
    Claim completed = cancelled(started());
    store.finishes.finish(List.of(StoreFixture.completed(completed)));
    assertIsOf(completed, Event.Kind.COMPLETED, onlyNews());
    Claim retried = cancelled(started());
    store.finishes.finish(List.of(StoreFixture.retried(retried, Duration.ZERO)));
    Event stopped = onlyNews();
    assertIsOf(retried, Event.Kind.STOPPED, stopped);
    assertThat(stopped.after().nextRunAt()).isEmpty();
    Claim givenUp = cancelled(started());
    store.finishes.finish(List.of(StoreFixture.givenUp(givenUp)));
    assertIsOf(givenUp, Event.Kind.STOPPED, onlyNews());
  }

  @Test
  void tellsOfAFiringOfARecurringJob() throws Exception {
    JobId job = store.create(StoreFixture.spec(StoreFixture.everyMinute())).id();
    store.makeDue(job);
    Claim claim = store.claimOne(node);
    news();
    Finish completed = StoreFixture.completed(claim);
    store.finishes.finish(
        List.of(
            new Finish(
                claim,
                completed.outcome(),
                completed.verdict(),
                Optional.of(claim.startedAt().plusSeconds(60)))));
    assertIsOf(claim, Event.Kind.COMPLETED, onlyNews());
  }

  @Test
  void tellsNothingOfAFinishThatCameTooLate() {
    Claim late = started();
    Claim mine = started();
    store.rescue.releaseStrays(node, List.of(new AttemptKey(mine.executionId(), mine.number())));
    assertIsOf(late, Event.Kind.LOST, onlyNews());
    store.finishes.finish(List.of(StoreFixture.completed(late), StoreFixture.completed(mine)));
    assertIsOf(mine, Event.Kind.COMPLETED, onlyNews());
    store.finishes.finish(List.of(StoreFixture.completed(late), StoreFixture.completed(mine)));
    assertThat(news()).isEmpty();
  }

  /** The ways to lose what a node had in hand. */
  enum Loss {
    RESCUE {
      @Override
      void take(StoreFixture store, Node node) throws Exception {
        store.execute("update nodes set heartbeat_at = now() - interval '1 h'");
        assertThat(store.rescue.rescue(Duration.ofMinutes(1))).hasSize(2);
      }
    },
    RETIRE {
      @Override
      void take(StoreFixture store, Node node) {
        assertThat(store.rescue.retire(node)).isEqualTo(2);
      }
    },
    RELEASE_STRAYS {
      @Override
      void take(StoreFixture store, Node node) {
        assertThat(store.rescue.releaseStrays(node, List.of())).isEqualTo(2);
      }
    };

    abstract void take(StoreFixture store, Node node) throws Exception;
  }

  @ParameterizedTest
  @EnumSource
  void tellsOfWhatIsLost(Loss loss) throws Exception {
    store.nodes.register("idle");
    Claim lost = started();
    Claim ended = cancelled(started());
    loss.take(store, node);
    List<Event> events = news();
    assertThat(events).hasSize(2);
    for (Event event : events) {
      assertIsOf(event.job().equals(lost.jobId()) ? lost : ended, Event.Kind.LOST, event);
      assertThat(event.after().nextRunAt())
          .isEqualTo(event.job().equals(lost.jobId()) ? Optional.of(event.at()) : Optional.empty());
    }
    assertThat(events).extracting(Event::job).doesNotHaveDuplicates();
    store.rescue.releaseStrays(node, List.of());
    assertThat(news()).isEmpty();
  }

  @Test
  void tellsOfACancelOnce() {
    JobId job = store.create(StoreFixture.spec()).id();
    Event created = onlyNews();
    Job cancelled = store.actions.cancel(store.project, job);
    Event event = onlyNews();
    assertThat(event.position()).isGreaterThan(created.position());
    assertThat(event.kind()).isEqualTo(Event.Kind.CANCELLED);
    assertThat(event.job()).isEqualTo(job);
    assertThat(event.projectId()).isEqualTo(store.project);
    assertThat(event.at()).isEqualTo(cancelled.state().finishedAt().orElseThrow());
    assertThat(event.execution()).isEmpty();
    assertThat(event.attempt()).isEmpty();
    assertThat(event.after().nextRunAt()).isEmpty();
    store.actions.cancel(store.project, job);
    assertThat(news()).isEmpty();
  }

  @Test
  void tellsNothingOfACancelThatIsRefused() {
    Claim claim = started();
    int other = store.project("other");
    assertThatThrownBy(() -> store.actions.cancel(other, claim.jobId()))
        .isInstanceOf(JobNotFound.class);
    store.finishes.finish(List.of(StoreFixture.completed(claim)));
    news();
    assertThatThrownBy(() -> store.actions.cancel(store.project, claim.jobId()))
        .isInstanceOf(JobEnded.class);
    assertThat(news()).isEmpty();
  }

  /** Those who watch at this node need not look for what it has done. */
  @Test
  void whoeverTellsRings() throws Exception {
    JobId job = rings(() -> store.create(StoreFixture.spec())).id();
    rings(() -> store.creates.createAll(List.of(creation(store.project, StoreFixture.spec(), ""))));
    Claim claim = rings(() -> store.claim(node, 10)).getLast();
    rings(() -> store.actions.cancel(store.project, job));
    rings(() -> store.finishes.finish(List.of(StoreFixture.completed(claim))));
    rings(() -> store.rescue.releaseStrays(node, List.of()));
    store.create(StoreFixture.spec());
    store.claimOne(node);
    rings(() -> store.rescue.retire(node));
    store.claimOne(store.nodes.register("two"));
    store.execute("update nodes set heartbeat_at = now() - interval '1 h'");
    rings(() -> store.rescue.rescue(Duration.ofMinutes(1)));
  }

  private <T> T rings(Callable<T> change) throws Exception {
    Signal happened = store.database.happened();
    happened.await(Duration.ZERO);
    T result = change.call();
    // Until the test's deadline.
    happened.await(Duration.ofHours(1));
    return result;
  }

  /** Who waits for its turn reads the row of the feed anew when that has changed. */
  @Test
  void tellsOfWhatHappensWhileTheHorizonRises() throws Exception {
    Claim finished = started();
    JobId cancelled = store.create(StoreFixture.spec(new Schedule.After(Duration.ofHours(1)))).id();
    news();
    Map<Event.Kind, Callable<?>> changes =
        Map.of(
            Event.Kind.CREATED,
            () -> store.create(StoreFixture.spec(new Schedule.After(Duration.ofHours(1)))),
            Event.Kind.COMPLETED,
            () -> store.finishes.finish(List.of(StoreFixture.completed(finished))),
            Event.Kind.CANCELLED,
            () -> store.actions.cancel(store.project, cancelled));
    for (var change : changes.entrySet()) {
      whileTheHorizonRises(change.getValue());
      assertThat(onlyNews().kind()).isEqualTo(change.getKey());
    }
    store.create(StoreFixture.spec());
    news();
    whileTheHorizonRises(() -> store.claimOne(node));
    assertThat(onlyNews().kind()).isEqualTo(Event.Kind.STARTED);
    whileTheHorizonRises(() -> store.rescue.retire(node));
    assertThat(onlyNews().kind()).isEqualTo(Event.Kind.LOST);
  }

  private void whileTheHorizonRises(Callable<?> change) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor();
        Connection other = store.connect();
        var statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("update feed set horizon = horizon + 1");
      Future<?> done = threads.submit(change);
      Await.until("it waits for its turn", () -> isWaitedFor(other));
      assertThat(done).isNotDone();
      other.commit();
      done.get(10, TimeUnit.SECONDS);
    }
  }

  /** Whether some other session waits for a lock of this one. */
  private boolean isWaitedFor(Connection connection) throws Exception {
    int pid;
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery("select pg_backend_pid()")) {
      rows.next();
      pid = rows.getInt(1);
    }
    return store.count("pg_stat_activity where ? = any (pg_blocking_pids(pid))", pid) > 0;
  }

  /** Who waits for another lock must not hold up the feed meanwhile, whichever comes first. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void aRescueThatWaitsForAJobHoldsUpNobody(int place) throws Exception {
    List<Claim> claims = new ArrayList<>();
    claims.add(started());
    store.create(StoreFixture.spec());
    claims.add(store.claimOne(store.nodes.register("two")));
    store.execute("update nodes set heartbeat_at = now() - interval '1 h'");
    try (var threads = Executors.newVirtualThreadPerTaskExecutor();
        Connection other = store.connect();
        var statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute(
          "select from queue where execution_id = '%s' for update"
              .formatted(claims.get(place).executionId().value()));
      Future<?> rescue = threads.submit(() -> store.rescue.rescue(Duration.ofMinutes(1)));
      Await.until("the rescue waits for the job", () -> isWaitedFor(other));
      Future<?> create = threads.submit(() -> store.create(StoreFixture.spec()));
      Await.until("a create gets its turn", Duration.ofSeconds(5), create::isDone);
      assertThat(rescue).isNotDone();
      other.rollback();
      rescue.get(10, TimeUnit.SECONDS);
    }
    assertThat(news()).filteredOn(event -> event.kind() == Event.Kind.LOST).hasSize(2);
  }
}
