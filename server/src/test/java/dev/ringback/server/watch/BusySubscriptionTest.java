package dev.ringback.server.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.job.Change;
import dev.ringback.server.job.Happened;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobFilter;
import dev.ringback.server.job.JobId;
import dev.ringback.server.store.StoreFixture;
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

/** Who takes while events are added is told everything, once and in order. */
@Timeout(30)
final class BusySubscriptionTest {
  /** More than is taken at a time. */
  private static final int AT_FIRST = 150;

  private static final int IN_ALL = 1_000;

  @RegisterExtension private final StoreFixture store = new StoreFixture();

  private final Subscribers subscribers = new Subscribers(64 << 20);
  private long happened;

  @Test
  void nothingIsLeftOutWhenMoreComesDuringALook() throws Exception {
    Job job = store.create(StoreFixture.spec());
    // Asked for each event of a look, when the next one comes.
    Set<JobId> jobs =
        new AbstractSet<>() {
          @Override
          public boolean contains(Object asked) {
            if (happened < IN_ALL) {
              happen(job);
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
    subscribers.begin(0);
    try (var subscription =
        new Subscription(
            subscribers,
            new Past(store.events, 64 << 20),
            new JobFilter(store.project, jobs, Map.of(), Set.of()),
            0)) {
      assertThat(subscription.attach()).isTrue();
      while (happened < AT_FIRST) {
        happen(job);
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

  private void happen(Job job) {
    happened++;
    var event = Happened.created(happened, store.project, job.id());
    Change change = new Change(event, job, Optional.empty(), List.of());
    subscribers.add(List.of(new Entry(event, change)));
  }
}
