package dev.ringback.server.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ringback.server.job.JobFilter;
import dev.ringback.server.refusal.Late.WatcherTooSlow;
import org.junit.jupiter.api.Test;

class SubscriberTest {
  private final Subscriber subscriber = new Subscriber(new Matcher(JobFilter.all(1)));

  @Test
  void looksWhereTheFirstOfferWas() {
    assertThat(subscriber.take()).isEqualTo(Subscriber.NOTHING);
    subscriber.offer(3);
    subscriber.offer(5);
    assertThat(subscriber.take()).isEqualTo(3);
    assertThat(subscriber.take()).isEqualTo(Subscriber.NOTHING);
  }

  /** A look that took as much as it may offers what is left, perhaps after something newer. */
  @Test
  void whatIsLeftIsNotForgottenForSomethingNewer() {
    subscriber.offer(2);
    subscriber.offer(0);
    assertThat(subscriber.take()).isZero();
  }

  @Test
  void hasAReasonForItsEnd() {
    subscriber.offer(0);
    subscriber.end(new WatcherTooSlow());
    assertThatThrownBy(subscriber::check).isInstanceOf(WatcherTooSlow.class);
    assertThatThrownBy(subscriber::take).isInstanceOf(WatcherTooSlow.class);
  }
}
