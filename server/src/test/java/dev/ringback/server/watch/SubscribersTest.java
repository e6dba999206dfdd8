package dev.ringback.server.watch;

import static dev.ringback.server.watch.FeedFixture.ALL;
import static dev.ringback.server.watch.FeedFixture.LONG;
import static dev.ringback.server.watch.FeedFixture.SHORT;
import static dev.ringback.server.watch.FeedFixture.attached;
import static dev.ringback.server.watch.FeedFixture.takeOne;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ringback.server.job.JobId;
import dev.ringback.server.refusal.Exhausted.Overloaded;
import dev.ringback.server.store.StoreFixture;
import dev.ringback.server.watch.Subscription.Batch;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who comes, who leaves, and the end of all. */
@Timeout(60)
final class SubscribersTest {
  @RegisterExtension
  @Order(1)
  private final StoreFixture store = new StoreFixture();

  @RegisterExtension
  @Order(2)
  private final FeedFixture feed = new FeedFixture(store);

  @Test
  void forgetsWhoIsGone() throws Exception {
    Subscription gone = attached(feed.subscribe(feed.labelled("a", "1"), feed.head()));
    try (Subscription other = attached(feed.subscribe(feed.labelled("a", "1"), feed.head()))) {
      gone.take(ALL, SHORT);
      gone.close();
      gone.close();
      JobId job = feed.create("a", "1");
      assertThat(takeOne(other).job().id()).isEqualTo(job);
      // The last of its label, and others come.
      other.close();
      try (Subscription next = attached(feed.subscribe(feed.labelled("a", "1"), feed.head()))) {
        JobId one = feed.create("a", "1");
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
          try (Subscription subscription = attached(feed.subscribe(feed.project(), feed.head()))) {
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
      feed.subscribers.close();
      for (Future<Batch> taken : List.of(one, other)) {
        assertThatThrownBy(() -> taken.get(5, TimeUnit.SECONDS))
            .hasCauseInstanceOf(Overloaded.class);
      }
    }
    assertThatThrownBy(() -> feed.subscribe(feed.project(), 0)).isInstanceOf(Overloaded.class);
  }
}
