package dev.ringback.server.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.Await;
import dev.ringback.server.job.Change;
import dev.ringback.server.job.Event;
import dev.ringback.server.job.JobFilter;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobSpec;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.store.StoreFixture;
import dev.ringback.server.watch.Subscription.Batch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A real feed, its reader and its subscribers, of a node that is one of several. */
final class FeedFixture implements AfterEachCallback {
  static final long ALL = Long.MAX_VALUE;
  static final Duration LONG = Duration.ofSeconds(20);
  static final Duration SHORT = Duration.ofMillis(50);

  final Subscribers subscribers = new Subscribers(16 << 20);

  /** How many times the reader has looked for something new. */
  final AtomicInteger looks = new AtomicInteger();

  private final StoreFixture store;
  private final Past past;
  private final FeedReader reader;

  FeedFixture(StoreFixture store) {
    this.store = store;
    this.past = new Past(store.events, 32 << 20);
    this.reader =
        new FeedReader(
            store.events,
            past,
            subscribers,
            store.database.happened(),
            () -> {
              looks.incrementAndGet();
              return false;
            });
  }

  JobFilter project() {
    return JobFilter.all(store.project);
  }

  JobFilter labelled(String key, String value) {
    return new JobFilter(store.project, Set.of(), Map.of(key, value), Set.of());
  }

  JobId create() {
    return store.create(StoreFixture.spec()).id();
  }

  JobId create(String key, String value) {
    return store.create(spec(Map.of(key, value))).id();
  }

  static JobSpec spec(Map<String, String> labels) {
    return StoreFixture.spec(
        "http://127.0.0.1:1/",
        new Schedule.After(Duration.ofHours(1)),
        StoreFixture.RETRIES,
        labels);
  }

  /** Events of a project that nobody here watches, with jobs that are not there. */
  void happenElsewhere(int count) throws Exception {
    store.execute(
        """
        insert into events (position, kind, status, project_id, job_id)
        select nextval('event_positions') * 4096, 'cancelled', 'cancelled', array[0],
          array[gen_random_uuid()]
        from generate_series(1, ?)
        """,
        count);
  }

  List<Event> all() {
    return store.events.after(0, Integer.MAX_VALUE);
  }

  long head() {
    return store.events.head().position();
  }

  Subscription subscribe(JobFilter filter, long position) {
    return new Subscription(subscribers, past, filter, position);
  }

  /** Takes until a position is reached. */
  static List<Event> takeUpTo(Subscription subscription, long position) throws Exception {
    List<Event> taken = new ArrayList<>();
    while (subscription.position() < position) {
      Batch batch = subscription.take(ALL, SHORT);
      batch.changes().forEach(change -> taken.add(change.event()));
      assertThat(batch.position()).isEqualTo(subscription.position());
    }
    return taken;
  }

  /** Takes the next change, and nothing else. */
  static Change takeOne(Subscription subscription) throws Exception {
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
  static Subscription attached(Subscription subscription) throws Exception {
    Await.until("it is attached", subscription::attach);
    return subscription;
  }

  @Override
  public void afterEach(ExtensionContext context) throws InterruptedException {
    reader.close();
    subscribers.close();
  }
}
