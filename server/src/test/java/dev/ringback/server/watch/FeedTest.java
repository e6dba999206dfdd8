package dev.ringback.server.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ringback.server.Await;
import dev.ringback.server.Size;
import dev.ringback.server.job.Change;
import dev.ringback.server.job.Event;
import dev.ringback.server.job.JobFilter;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobSpec;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.refusal.Exhausted.Overloaded;
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
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What subscriptions are told of a real feed, from memory and from the database. */
@Timeout(60)
final class FeedTest {
  private static final long ALL = Long.MAX_VALUE;
  private static final int ROUNDS = Size.of(50, 120);
  private static final int WATCHERS = Size.of(12, 24);
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(50);

  @RegisterExtension private final StoreFixture store = new StoreFixture();
  private final AtomicInteger looks = new AtomicInteger();
  private final Feed feed =
      new Feed(
          store.events,
          store.database.happened(),
          () -> {
            looks.incrementAndGet();
            return false;
          },
          64 << 20);

  @AfterEach
  void close() throws Exception {
    feed.close();
  }

  private JobFilter project() {
    return new JobFilter(store.project, Set.of(), Map.of(), Set.of());
  }

  private JobFilter labelled(String key, String value) {
    return new JobFilter(store.project, Set.of(), Map.of(key, value), Set.of());
  }

  private JobId create() {
    return store.create(StoreFixture.spec()).id();
  }

  private JobId create(String key, String value) {
    return store.create(spec(Map.of(key, value))).id();
  }

  private static JobSpec spec(Map<String, String> labels) {
    return StoreFixture.spec(
        "http://127.0.0.1:1/",
        new Schedule.After(Duration.ofHours(1)),
        StoreFixture.RETRIES,
        labels);
  }

  /** Events of a project that nobody here watches, with jobs that are not there. */
  private void happenElsewhere(int count) throws Exception {
    store.execute(
        """
        insert into events (position, kind, status, project_id, job_id)
        select nextval('event_positions') * 4096, 'cancelled', 'cancelled', array[0],
          array[gen_random_uuid()]
        from generate_series(1, ?)
        """,
        count);
  }

  private List<Event> all() {
    return store.events.after(0, Integer.MAX_VALUE);
  }

  private long head() {
    return store.events.head().position();
  }

  /** Takes until a position is reached. */
  private static List<Event> takeUpTo(Subscription subscription, long position) throws Exception {
    List<Event> taken = new ArrayList<>();
    while (subscription.position() < position) {
      Batch batch = subscription.take(ALL, SHORT);
      batch.changes().forEach(change -> taken.add(change.event()));
      assertThat(batch.position()).isEqualTo(subscription.position());
    }
    return taken;
  }

  /** Takes the next change, and nothing else. */
  private static Change takeOne(Subscription subscription) throws Exception {
    return Await.some(
        "the next change",
        LONG,
        () -> {
          List<Change> changes = subscription.take(ALL, SHORT).changes();
          assertThat(changes).hasSizeLessThan(2);
          return changes.stream().findAny();
        });
  }

  /** Goes on from memory from now on. */
  private Subscription attached(Subscription subscription) throws Exception {
    Await.until("it is attached", () -> feed.attach(subscription));
    return subscription;
  }

  @Test
  void tellsAllBehindAPosition() throws Exception {
    create();
    long from = head();
    create();
    create();
    try (Subscription fromMiddle = feed.subscribe(project(), from);
        Subscription fromStart = feed.subscribe(project(), 0)) {
      assertThat(takeUpTo(fromMiddle, head())).isEqualTo(all().subList(1, 3));
      assertThat(takeUpTo(fromStart, head())).isEqualTo(all());
      JobId next = create();
      assertThat(takeOne(fromMiddle).job().id()).isEqualTo(next);
      assertThat(takeOne(fromStart).job().id()).isEqualTo(next);
    }
  }

  @Test
  void tellsTheChangeThatAnEventWas() throws Exception {
    try (Subscription subscription = feed.subscribe(project(), head())) {
      JobId id = create();
      Change change = takeOne(subscription);
      assertThat(change.told()).containsExactly(Change.Type.JOB_CREATED);
      assertThat(change.job().state().status()).isEqualTo(JobStatus.PENDING);
      store.actions.cancel(store.project, id);
      assertThat(takeOne(subscription).job().state().status()).isEqualTo(JobStatus.CANCELLED);
    }
  }

  @Test
  void tellsOfOneJob() throws Exception {
    JobId one = create();
    create();
    try (Subscription subscription = feed.subscribe(JobFilter.of(store.project, Set.of(one)), 0);
        Subscription foreign =
            feed.subscribe(JobFilter.of(store.project("other"), Set.of(one)), 0)) {
      assertThat(takeUpTo(subscription, head())).extracting(Event::job).containsExactly(one);
      create();
      store.actions.cancel(store.project, one);
      assertThat(takeUpTo(subscription, head()))
          .extracting(Event::kind)
          .containsExactly(Event.Kind.CANCELLED);
      assertThat(takeUpTo(foreign, head())).isEmpty();
    }
  }

  @Test
  void tellsOfALabel() throws Exception {
    int other = store.project("other");
    List<JobId> jobs = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      jobs.add(create("a", "1"));
      create("a", "2");
      create("b", "1");
      store.createAll(other, List.of(spec(Map.of("a", "1"))));
    }
    happenElsewhere(12_000);
    try (Subscription subscription = feed.subscribe(labelled("a", "1"), 0)) {
      assertThat(takeUpTo(subscription, head())).extracting(Event::job).isEqualTo(jobs);
      attached(subscription);
      create("a", "2");
      create("b", "1");
      store.createAll(other, List.of(spec(Map.of("a", "1"))));
      assertThat(takeUpTo(subscription, head())).isEmpty();
      JobId next = create("a", "1");
      assertThat(takeOne(subscription).job().id()).isEqualTo(next);
    }
  }

  /** Of the labels looked for, one is where to look; the others are looked at there. */
  @Test
  void tellsOfTwoLabels() throws Exception {
    JobFilter filter = new JobFilter(store.project, Set.of(), Map.of("a", "1", "b", "2"), Set.of());
    try (Subscription subscription = attached(feed.subscribe(filter, 0))) {
      create("a", "1");
      create("b", "2");
      JobId both = store.create(spec(Map.of("a", "1", "b", "2", "c", "3"))).id();
      assertThat(takeUpTo(subscription, head())).extracting(Event::job).containsExactly(both);
    }
  }

  @Test
  void tellsOfAStatus() throws Exception {
    JobFilter filter =
        new JobFilter(store.project, Set.of(), Map.of(), Set.of(JobStatus.CANCELLED));
    JobId one = create();
    create();
    store.actions.cancel(store.project, one);
    try (Subscription subscription = feed.subscribe(filter, 0)) {
      assertThat(takeUpTo(subscription, head())).extracting(Event::job).containsExactly(one);
      JobId other = create();
      store.actions.cancel(store.project, other);
      assertThat(takeOne(subscription).event().job()).isEqualTo(other);
    }
  }

  /** It reads the database until it has come up with what is in memory. */
  @Test
  void tellsAllBehindAPositionThatIsNotInMemory() throws Exception {
    JobId old = create();
    happenElsewhere(150);
    JobId middle = create();
    happenElsewhere(2_000);
    JobId late = create();
    try (Subscription subscription = feed.subscribe(project(), 0)) {
      assertThat(subscription.take(ALL, LONG).changes())
          .extracting(change -> change.job().id())
          .containsExactly(old, middle);
      assertThat(takeUpTo(subscription, head())).extracting(Event::job).containsExactly(late);
      assertThat(attached(subscription).take(ALL, SHORT).changes()).isEmpty();
      JobId next = create();
      assertThat(takeOne(subscription).job().id()).isEqualTo(next);
    }
  }

  /** A look that took as much as it may offers what is left, perhaps after something newer. */
  @Test
  void whatIsLeftIsNotForgottenForSomethingNewer() throws Exception {
    store.createAll(store.project, Collections.nCopies(3, spec(Map.of())));
    Ring ring = new Ring(8, Long.MAX_VALUE, 0);
    ring.add(all().stream().map(event -> new Ring.Entry(event, null)).toList());
    Subscription subscription = new Subscription(feed, project(), 0);
    subscription.offer(2);
    subscription.attach(ring, 0);
    assertThat(takeUpTo(subscription, head())).isEqualTo(all());
  }

  /** However much there is of the past, only a little of it is held. */
  @Test
  void takesAFewAtATime() throws Exception {
    store.createAll(store.project, Collections.nCopies(350, spec(Map.of())));
    List<Event> old = all();
    happenElsewhere(12_000);
    try (Subscription subscription = feed.subscribe(project(), 0)) {
      List<Event> taken = new ArrayList<>();
      while (subscription.position() < head()) {
        List<Change> changes = subscription.take(ALL, SHORT).changes();
        assertThat(changes).hasSizeLessThanOrEqualTo(100);
        changes.forEach(change -> taken.add(change.event()));
      }
      assertThat(taken).isEqualTo(old);
      store.createAll(store.project, Collections.nCopies(350, spec(Map.of())));
      while (subscription.position() < head()) {
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
      create();
    }
    List<Event> all = all();
    happenElsewhere(12_000);
    try (Subscription subscription = feed.subscribe(project(), 0)) {
      stopsExactlyAtAPositionAndGoesOnBehindIt(subscription, all);
    }
  }

  @Test
  void stopsExactlyAtAPositionAndGoesOnBehindItFromMemory() throws Exception {
    try (Subscription subscription = attached(feed.subscribe(project(), 0))) {
      for (int i = 0; i < 5; i++) {
        create();
      }
      stopsExactlyAtAPositionAndGoesOnBehindIt(subscription, all());
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
    assertThat(takeUpTo(subscription, head())).isEqualTo(all.subList(3, 5));
  }

  /** Also where nothing of concern happens, one who stops there must get there. */
  @Test
  void aQuietSubscriptionComesAlong() throws Exception {
    try (Subscription subscription = attached(feed.subscribe(project(), head()))) {
      happenElsewhere(10);
      long to = head() - 3;
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
            return subscription.position() == head();
          });
    }
  }

  /** A position of which another node has told may not have been read here. */
  @Test
  void tellsNothingUpToAPositionThatIsAheadOfMemory() throws Exception {
    try (Subscription other = attached(feed.subscribe(project(), head()))) {
      long ahead = head() + 2 * Events.POSITIONS_A_ROW;
      try (Subscription subscription = attached(feed.subscribe(project(), ahead))) {
        create();
        create();
        JobId third = create();
        assertThat(takeOne(subscription).job().id()).isEqualTo(third);
        assertThat(takeUpTo(other, head())).hasSize(3);
      }
    }
  }

  @Test
  void tellsWhoComesFromTooLongAgo() throws Exception {
    create();
    create();
    long horizon = all().getFirst().position();
    store.execute("update feed set horizon = ?", horizon);
    try (Subscription gone = feed.subscribe(project(), horizon - 1);
        Subscription kept = feed.subscribe(project(), horizon)) {
      assertThatThrownBy(() -> takeUpTo(gone, head()))
          .isInstanceOfSatisfying(
              TooOld.class, tooOld -> assertThat(tooOld.horizon()).isEqualTo(horizon));
      assertThat(takeUpTo(kept, head())).hasSize(1);
    }
  }

  @Test
  void tellsWhoWasTooSlow() throws Exception {
    try (Subscription slow = attached(feed.subscribe(project(), head()));
        Subscription idle = attached(feed.subscribe(labelled("a", "1"), head()));
        Subscription quick = attached(feed.subscribe(project(), head()))) {
      JobId first = create();
      assertThat(takeOne(quick).job().id()).isEqualTo(first);
      // Both have looked at all there is, and know it.
      Await.until("all of it is offered", () -> feed.offered() >= head());
      assertThat(quick.take(ALL, SHORT).changes()).isEmpty();
      assertThat(idle.take(ALL, SHORT).changes()).isEmpty();
      happenElsewhere(40_000);
      assertThat(takeUpTo(quick, head())).isEmpty();
      assertThatThrownBy(() -> slow.take(ALL, SHORT)).isInstanceOf(WatcherTooSlow.class);
      // What it did not look at was of no concern to it.
      JobId next = create("a", "1");
      assertThat(takeOne(idle).job().id()).isEqualTo(next);
      // As it is told to do.
      try (Subscription again = feed.subscribe(project(), slow.position())) {
        assertThat(takeUpTo(again, head())).extracting(Event::job).containsExactly(first, next);
      }
    }
  }

  @Test
  void forgetsWhoIsGone() throws Exception {
    Subscription gone = attached(feed.subscribe(labelled("a", "1"), head()));
    try (Subscription other = attached(feed.subscribe(labelled("a", "1"), head()))) {
      gone.take(ALL, SHORT);
      gone.close();
      gone.close();
      JobId job = create("a", "1");
      assertThat(takeOne(other).job().id()).isEqualTo(job);
      // The last of its label, and others come.
      other.close();
      try (Subscription next = attached(feed.subscribe(labelled("a", "1"), head()))) {
        JobId one = create("a", "1");
        assertThat(takeOne(next).job().id()).isEqualTo(one);
      }
    }
    assertThat(gone.take(ALL, SHORT).changes()).isEmpty();
  }

  @Test
  void endsAllWhenItIsClosed() throws Exception {
    var taking = new CountDownLatch(2);
    Callable<Batch> taker =
        () -> {
          try (Subscription subscription = attached(feed.subscribe(project(), head()))) {
            taking.countDown();
            while (true) {
              subscription.take(ALL, LONG);
            }
          }
        };
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Batch> one = threads.submit(taker);
      Future<Batch> other = threads.submit(taker);
      taking.await();
      feed.close();
      for (Future<Batch> taken : List.of(one, other)) {
        assertThatThrownBy(() -> taken.get(5, TimeUnit.SECONDS))
            .hasCauseInstanceOf(Overloaded.class);
      }
    }
    assertThatThrownBy(() -> feed.subscribe(project(), 0)).isInstanceOf(Overloaded.class);
  }

  @Test
  void readsNothingWhileNobodyWatches() throws Exception {
    create();
    // Nobody has heard of it.
    store.database.happened().await(Duration.ofHours(1));
    assertThat(looks).hasValue(0);
    try (Subscription subscription = feed.subscribe(project(), 0)) {
      assertThat(takeUpTo(subscription, head())).hasSize(1);
      Await.until("it reads", () -> looks.get() > 0);
    }
  }

  /** A node of its own: events come from elsewhere, without a ring of the signal. */
  @Test
  void noticesWhatOtherNodesDo() throws Exception {
    try (Subscription subscription =
        attached(feed.subscribe(JobFilter.of(0, Set.of(create())), head()))) {
      happenElsewhere(3);
      assertThat(takeUpTo(subscription, head())).isEmpty();
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
      List<Change> all = store.events.describe(all());
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
    long from = random.nextBoolean() ? 0 : head();
    long position = from;
    List<List<Object>> told = new ArrayList<>();
    boolean last = false;
    while (!last) {
      last = traffic.isDone();
      long end = last ? head() : ALL;
      int takes = last ? Integer.MAX_VALUE : random.nextInt(10);
      try (Subscription subscription = feed.subscribe(filter, position)) {
        for (int i = 0; i < takes && subscription.position() < end; i++) {
          long to = random.nextBoolean() ? ALL : subscription.position() + random.nextInt(20);
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
