package dev.ringback.server.watch;

import static dev.ringback.server.watch.FeedFixture.ALL;
import static dev.ringback.server.watch.FeedFixture.LONG;
import static dev.ringback.server.watch.FeedFixture.SHORT;
import static dev.ringback.server.watch.FeedFixture.attached;
import static dev.ringback.server.watch.FeedFixture.spec;
import static dev.ringback.server.watch.FeedFixture.takeOne;
import static dev.ringback.server.watch.FeedFixture.takeUpTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ringback.server.Await;
import dev.ringback.server.Size;
import dev.ringback.server.job.Change;
import dev.ringback.server.job.Event;
import dev.ringback.server.job.JobFilter;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.refusal.Invalid.TooOld;
import dev.ringback.server.refusal.Late.WatcherTooSlow;
import dev.ringback.server.store.StoreFixture;
import dev.ringback.server.store.job.Events;
import dev.ringback.server.store.job.Traffic;
import dev.ringback.server.watch.Subscription.Batch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is told of a real feed, from memory and from the database. */
@Timeout(60)
final class SubscriptionTest {
  private static final int ROUNDS = Size.of(50, 120);
  private static final int WATCHERS = Size.of(12, 24);

  @RegisterExtension
  @Order(1)
  private final StoreFixture store = new StoreFixture();

  @RegisterExtension
  @Order(2)
  private final FeedFixture feed = new FeedFixture(store);

  @Test
  void tellsAllBehindAPosition() throws Exception {
    feed.create();
    long from = feed.head();
    feed.create();
    feed.create();
    try (Subscription fromMiddle = feed.subscribe(feed.project(), from);
        Subscription fromStart = feed.subscribe(feed.project(), 0)) {
      assertThat(takeUpTo(fromMiddle, feed.head())).isEqualTo(feed.all().subList(1, 3));
      assertThat(takeUpTo(fromStart, feed.head())).isEqualTo(feed.all());
      JobId next = feed.create();
      assertThat(takeOne(fromMiddle).job().id()).isEqualTo(next);
      assertThat(takeOne(fromStart).job().id()).isEqualTo(next);
    }
  }

  @Test
  void tellsTheChangeThatAnEventWas() throws Exception {
    try (Subscription subscription = feed.subscribe(feed.project(), feed.head())) {
      JobId id = feed.create();
      Change change = takeOne(subscription);
      assertThat(change.told()).containsExactly(Change.Type.JOB_CREATED);
      assertThat(change.job().state().status()).isEqualTo(JobStatus.PENDING);
      store.actions.cancel(store.project, id);
      assertThat(takeOne(subscription).job().state().status()).isEqualTo(JobStatus.CANCELLED);
    }
  }

  @Test
  void tellsOfOneJob() throws Exception {
    JobId one = feed.create();
    feed.create();
    try (Subscription subscription = feed.subscribe(JobFilter.of(store.project, Set.of(one)), 0);
        Subscription foreign =
            feed.subscribe(JobFilter.of(store.project("other"), Set.of(one)), 0)) {
      assertThat(takeUpTo(subscription, feed.head())).extracting(Event::job).containsExactly(one);
      feed.create();
      store.actions.cancel(store.project, one);
      assertThat(takeUpTo(subscription, feed.head()))
          .extracting(Event::kind)
          .containsExactly(Event.Kind.CANCELLED);
      assertThat(takeUpTo(foreign, feed.head())).isEmpty();
    }
  }

  @Test
  void tellsOfALabel() throws Exception {
    int other = store.project("other");
    List<JobId> jobs = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      jobs.add(feed.create("a", "1"));
      feed.create("a", "2");
      feed.create("b", "1");
      store.createAll(other, List.of(spec(Map.of("a", "1"))));
    }
    feed.happenElsewhere(12_000);
    try (Subscription subscription = feed.subscribe(feed.labelled("a", "1"), 0)) {
      assertThat(takeUpTo(subscription, feed.head())).extracting(Event::job).isEqualTo(jobs);
      attached(subscription);
      feed.create("a", "2");
      feed.create("b", "1");
      store.createAll(other, List.of(spec(Map.of("a", "1"))));
      assertThat(takeUpTo(subscription, feed.head())).isEmpty();
      JobId next = feed.create("a", "1");
      assertThat(takeOne(subscription).job().id()).isEqualTo(next);
    }
  }

  /** Of the labels looked for, one is where to look; the others are looked at there. */
  @Test
  void tellsOfTwoLabels() throws Exception {
    JobFilter filter = new JobFilter(store.project, Set.of(), Map.of("a", "1", "b", "2"), Set.of());
    try (Subscription subscription = attached(feed.subscribe(filter, 0))) {
      feed.create("a", "1");
      feed.create("b", "2");
      JobId both = store.create(spec(Map.of("a", "1", "b", "2", "c", "3"))).id();
      assertThat(takeUpTo(subscription, feed.head())).extracting(Event::job).containsExactly(both);
    }
  }

  @Test
  void tellsOfAStatus() throws Exception {
    JobFilter filter =
        new JobFilter(store.project, Set.of(), Map.of(), Set.of(JobStatus.CANCELLED));
    JobId one = feed.create();
    feed.create();
    store.actions.cancel(store.project, one);
    try (Subscription subscription = feed.subscribe(filter, 0)) {
      assertThat(takeUpTo(subscription, feed.head())).extracting(Event::job).containsExactly(one);
      JobId other = feed.create();
      store.actions.cancel(store.project, other);
      assertThat(takeOne(subscription).event().job()).isEqualTo(other);
    }
  }

  /** It reads the database until it has come up with what is in memory. */
  @Test
  void tellsAllBehindAPositionThatIsNotInMemory() throws Exception {
    JobId old = feed.create();
    feed.happenElsewhere(150);
    JobId middle = feed.create();
    feed.happenElsewhere(2_000);
    JobId late = feed.create();
    try (Subscription subscription = feed.subscribe(feed.project(), 0)) {
      assertThat(subscription.take(ALL, LONG).changes())
          .extracting(change -> change.job().id())
          .containsExactly(old, middle);
      assertThat(takeUpTo(subscription, feed.head())).extracting(Event::job).containsExactly(late);
      assertThat(attached(subscription).take(ALL, SHORT).changes()).isEmpty();
      JobId next = feed.create();
      assertThat(takeOne(subscription).job().id()).isEqualTo(next);
    }
  }

  /** However much there is of the past, only a little of it is held. */
  @Test
  void takesAFewAtATime() throws Exception {
    store.createAll(store.project, Collections.nCopies(350, spec(Map.of())));
    List<Event> old = feed.all();
    feed.happenElsewhere(12_000);
    try (Subscription subscription = feed.subscribe(feed.project(), 0)) {
      List<Event> taken = new ArrayList<>();
      while (subscription.position() < feed.head()) {
        List<Change> changes = subscription.take(ALL, SHORT).changes();
        assertThat(changes).hasSizeLessThanOrEqualTo(100);
        changes.forEach(change -> taken.add(change.event()));
      }
      assertThat(taken).isEqualTo(old);
      store.createAll(store.project, Collections.nCopies(350, spec(Map.of())));
      while (subscription.position() < feed.head()) {
        List<Change> changes = subscription.take(ALL, SHORT).changes();
        assertThat(changes).hasSizeLessThanOrEqualTo(100);
        changes.forEach(change -> taken.add(change.event()));
      }
      assertThat(taken).hasSize(700).doesNotHaveDuplicates();
    }
  }

  @Test
  void stopsExactlyAtAPositionAndGoesOnBehindItFromTheDatabase() throws Exception {
    for (int i = 0; i < 5; i++) {
      feed.create();
    }
    List<Event> all = feed.all();
    feed.happenElsewhere(12_000);
    try (Subscription subscription = feed.subscribe(feed.project(), 0)) {
      stopsExactlyAtAPositionAndGoesOnBehindIt(subscription, all);
    }
  }

  @Test
  void stopsExactlyAtAPositionAndGoesOnBehindItFromMemory() throws Exception {
    try (Subscription subscription = attached(feed.subscribe(feed.project(), 0))) {
      for (int i = 0; i < 5; i++) {
        feed.create();
      }
      stopsExactlyAtAPositionAndGoesOnBehindIt(subscription, feed.all());
    }
  }

  private void stopsExactlyAtAPositionAndGoesOnBehindIt(Subscription subscription, List<Event> all)
      throws Exception {
    long to = all.get(2).position();
    List<Event> taken = new ArrayList<>();
    while (subscription.position() < to) {
      subscription.take(to, SHORT).changes().forEach(change -> taken.add(change.event()));
    }
    assertThat(subscription.take(to, SHORT)).isEqualTo(new Batch(List.of(), to));
    assertThat(taken).isEqualTo(all.subList(0, 3));
    assertThat(takeUpTo(subscription, feed.head())).isEqualTo(all.subList(3, 5));
  }

  /** Also where nothing of concern happens, one who stops there must get there. */
  @Test
  void aQuietSubscriptionComesAlong() throws Exception {
    try (Subscription subscription = attached(feed.subscribe(feed.project(), feed.head()))) {
      feed.happenElsewhere(10);
      long to = feed.head() - 3;
      Await.until(
          "it has come to the position",
          () -> {
            assertThat(subscription.take(to, SHORT).changes()).isEmpty();
            return subscription.position() == to;
          });
      Await.until(
          "it has come to the end",
          () -> {
            assertThat(subscription.take(ALL, SHORT).changes()).isEmpty();
            return subscription.position() == feed.head();
          });
    }
  }

  /** A position of which another node has told may not have been read here. */
  @Test
  void tellsNothingUpToAPositionThatIsAheadOfMemory() throws Exception {
    try (Subscription other = attached(feed.subscribe(feed.project(), feed.head()))) {
      long ahead = feed.head() + 2 * Events.POSITIONS_A_ROW;
      try (Subscription subscription = attached(feed.subscribe(feed.project(), ahead))) {
        feed.create();
        feed.create();
        JobId third = feed.create();
        assertThat(takeOne(subscription).job().id()).isEqualTo(third);
        assertThat(takeUpTo(other, feed.head())).hasSize(3);
      }
    }
  }

  @Test
  void tellsWhoComesFromTooLongAgo() throws Exception {
    feed.create();
    feed.create();
    long horizon = feed.all().getFirst().position();
    store.execute("update feed set horizon = ?", horizon);
    try (Subscription gone = feed.subscribe(feed.project(), horizon - 1);
        Subscription kept = feed.subscribe(feed.project(), horizon)) {
      assertThatThrownBy(() -> takeUpTo(gone, feed.head()))
          .isInstanceOfSatisfying(
              TooOld.class, tooOld -> assertThat(tooOld.horizon()).isEqualTo(horizon));
      assertThat(takeUpTo(kept, feed.head())).hasSize(1);
    }
  }

  @Test
  void tellsWhoWasTooSlow() throws Exception {
    try (Subscription slow = attached(feed.subscribe(feed.project(), feed.head()));
        Subscription idle = attached(feed.subscribe(feed.labelled("a", "1"), feed.head()));
        Subscription quick = attached(feed.subscribe(feed.project(), feed.head()))) {
      JobId first = feed.create();
      assertThat(takeOne(quick).job().id()).isEqualTo(first);
      // Both have looked at all there is, and know it.
      Await.until("all of it is offered", () -> feed.subscribers.offered() >= feed.head());
      assertThat(quick.take(ALL, SHORT).changes()).isEmpty();
      assertThat(idle.take(ALL, SHORT).changes()).isEmpty();
      feed.happenElsewhere(40_000);
      assertThat(takeUpTo(quick, feed.head())).isEmpty();
      assertThatThrownBy(() -> slow.take(ALL, SHORT)).isInstanceOf(WatcherTooSlow.class);
      // What it did not look at was of no concern to it.
      JobId next = feed.create("a", "1");
      assertThat(takeOne(idle).job().id()).isEqualTo(next);
      // As it is told to do.
      try (Subscription again = feed.subscribe(feed.project(), slow.position())) {
        assertThat(takeUpTo(again, feed.head()))
            .extracting(Event::job)
            .containsExactly(first, next);
      }
    }
  }

  /** The events of some of the filters are told from memory, of others from the database. */
  @Test
  void eachIsToldAllOfItsOwnOnceAndInOrder() throws Exception {
    int other = store.project("other");
    try (var threads = Executors.newVirtualThreadPerTaskExecutor();
        var traffic = new Traffic(store, List.of(store.project, other), ROUNDS)) {
      List<Future<Watched>> watchers = new ArrayList<>();
      for (int i = 0; i < WATCHERS; i++) {
        Random random = new Random(i);
        watchers.add(threads.submit(() -> watch(random, traffic, other)));
      }
      traffic.await();
      List<Change> all = store.events.describe(feed.all());
      int told = 0;
      for (Future<Watched> watcher : watchers) {
        Watched watched = watcher.get();
        Matcher matcher = new Matcher(watched.filter());
        List<Change> expected =
            all.stream()
                .filter(change -> change.event().position() > watched.from())
                .filter(change -> matcher.mayPass(change.event()) && matcher.passes(change))
                .toList();
        assertThat(watched.told()).as("%s", matcher).isEqualTo(facts(expected));
        told += expected.size();
      }
      assertThat(told).isGreaterThan(all.size());
    }
  }

  /** What a random subscription was told, from a position on. */
  private record Watched(JobFilter filter, long from, List<List<Object>> told) {}

  /** Ends now and then, and goes on where it was, until all has happened. */
  private Watched watch(Random random, Traffic traffic, int other) throws Exception {
    Await.until("there is something", () -> traffic.jobs().size() > 10);
    JobFilter filter = filter(random, traffic, other);
    long from = random.nextBoolean() ? 0 : feed.head();
    long position = from;
    List<List<Object>> told = new ArrayList<>();
    boolean last = false;
    while (!last) {
      last = traffic.isDone();
      long end = last ? feed.head() : ALL;
      int takes = last ? Integer.MAX_VALUE : random.nextInt(10);
      try (Subscription subscription = feed.subscribe(filter, position)) {
        for (int i = 0; i < takes && subscription.position() < end; i++) {
          long to =
              random.nextBoolean()
                  ? ALL
                  : subscription.position() + random.nextInt(20 * Events.POSITIONS_A_ROW);
          Batch batch = subscription.take(to, Duration.ofMillis(random.nextInt(30)));
          assertThat(batch.changes()).allMatch(change -> change.event().position() <= to);
          told.addAll(facts(batch.changes()));
        }
        position = subscription.position();
      }
    }
    return new Watched(filter, from, told);
  }

  private JobFilter filter(Random random, Traffic traffic, int other) {
    int project = random.nextBoolean() ? store.project : other;
    Set<JobStatus> statuses =
        random.nextInt(3) == 0 ? Set.of(JobStatus.PENDING, JobStatus.COMPLETED) : Set.of();
    return switch (random.nextInt(4)) {
      case 0 ->
          new JobFilter(
              project,
              Set.of(traffic.jobs().get(0).job(), traffic.jobs().get(1).job()),
              Map.of(),
              statuses);
      case 1 -> new JobFilter(project, Set.of(), Map.of("a", "1"), statuses);
      case 2 -> new JobFilter(project, Set.of(), Map.of("a", "1", "b", "2"), statuses);
      default -> new JobFilter(project, Set.of(), Map.of(), statuses);
    };
  }

  private static List<List<Object>> facts(List<Change> changes) {
    return changes.stream()
        .map(change ->
            List.<Object>of(
                change.event(),
                change.told(),
                change.job().state().status(),
                change.job().state().attemptCount(),
                change.attempt().map(attempt -> attempt.status())))
        .toList();
  }
}
