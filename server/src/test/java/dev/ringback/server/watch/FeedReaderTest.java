package dev.ringback.server.watch;

import static dev.ringback.server.watch.FeedFixture.attached;
import static dev.ringback.server.watch.FeedFixture.takeUpTo;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.Await;
import dev.ringback.server.job.JobFilter;
import dev.ringback.server.store.StoreFixture;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** When the feed is read. */
@Timeout(60)
final class FeedReaderTest {
  @RegisterExtension
  @Order(1)
  private final StoreFixture store = new StoreFixture();

  @RegisterExtension
  @Order(2)
  private final FeedFixture feed = new FeedFixture(store);

  @Test
  void readsNothingWhileNobodyWatches() throws Exception {
    feed.create();
    // Nobody has heard of it.
    store.database.happened().await(Duration.ofHours(1));
    assertThat(feed.looks).hasValue(0);
    try (Subscription subscription = feed.subscribe(feed.project(), 0)) {
      assertThat(takeUpTo(subscription, feed.head())).hasSize(1);
      Await.until("it reads", () -> feed.looks.get() > 0);
    }
  }

  /** A node of its own: events come from elsewhere, without a ring of the signal. */
  @Test
  void noticesWhatOtherNodesDo() throws Exception {
    try (Subscription subscription =
        attached(feed.subscribe(JobFilter.of(0, Set.of(feed.create())), feed.head()))) {
      feed.happenElsewhere(3);
      assertThat(takeUpTo(subscription, feed.head())).isEmpty();
    }
  }
}
