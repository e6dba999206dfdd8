package dev.ringback.server.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.job.Change;
import dev.ringback.server.job.Happened;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobFilter;
import dev.ringback.server.job.JobId;
import dev.ringback.server.store.StoreFixture;
import dev.ringback.server.store.db.Signal;
import dev.ringback.server.watch.Ring.Entry;
import java.time.Duration;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who takes while the feed goes on adding is told everything, once and in order. */
@Timeout(30)
final class BusySubscriptionTest {
  /** More than is taken at a time. */
  private static final int AT_FIRST = 150;

  private static final int IN_ALL = 1_000;

  @RegisterExtension private final StoreFixture store = new StoreFixture();

  private final Ring ring = new Ring(IN_ALL, Long.MAX_VALUE, 0);

  @Test
  void nothingIsLeftOutWhenMoreComesDuringALook() throws Exception {
    Job job = store.create(StoreFixture.spec());
    // Its thread reads nothing, since nobody subscribes there.
    try (var feed = new Feed(store.events, new Signal(), () -> true, 64 << 20)) {
      List<Subscription> self = new ArrayList<>();
      // Asked for each event of a look, when the next one comes.
      Set<JobId> jobs =
          new AbstractSet<>() {
            @Override
            public boolean contains(Object asked) {
              if (ring.end() < IN_ALL) {
                happen(job, self.getFirst());
              }
              return true;
            }

            @Override
            public Iterator<JobId> iterator() {
              return List.of(job.id()).iterator();
            }

            @Override
            public int size() {
              return 1;
            }
          };
      var subscription =
          new Subscription(feed, new JobFilter(store.project, jobs, Map.of(), Set.of()), 0);
      self.add(subscription);
      subscription.attach(ring, 0);
      while (ring.end() < AT_FIRST) {
        happen(job, subscription);
      }

      List<Long> taken = new ArrayList<>();
      List<Change> changes;
      do {
        changes = subscription.take(Long.MAX_VALUE, Duration.ofMillis(1)).changes();
        changes.forEach(change -> taken.add(change.event().position()));
      } while (!changes.isEmpty());
      assertThat(taken)
          .containsExactlyElementsOf(LongStream.rangeClosed(1, IN_ALL).boxed().toList());
    }
  }

  private void happen(Job job, Subscription subscription) {
    long ordinal = ring.end();
    var event = Happened.created(ordinal + 1, store.project, job.id());
    Change change = new Change(event, job, Optional.empty(), List.of());
    ring.add(List.of(new Entry(event, change)));
    subscription.offer(ordinal);
  }
}
