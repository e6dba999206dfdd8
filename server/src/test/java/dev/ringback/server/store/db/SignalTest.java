package dev.ringback.server.store.db;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.Await;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The ring that wakes a sleeper. */
@Timeout(30)
final class SignalTest {
  private static final Duration LONG = Duration.ofMinutes(5);

  private final Signal signal = new Signal();

  private static Duration took(Signal signal, Duration longest) throws InterruptedException {
    long before = System.nanoTime();
    signal.await(longest);
    return Duration.ofNanos(System.nanoTime() - before);
  }

  @Test
  void wakesWhoWaits() throws Exception {
    var woken = new CountDownLatch(1);
    Thread sleeper =
        Thread.ofPlatform()
            .start(() -> {
              try {
                signal.await(LONG);
                woken.countDown();
              } catch (InterruptedException e) {
                // The test has failed by then.
              }
            });
    Await.until("the sleeper", () -> sleeper.getState() == Thread.State.TIMED_WAITING);
    assertThat(woken.getCount()).isEqualTo(1);
    signal.ring();
    sleeper.join();
    assertThat(woken.getCount()).isZero();
  }

  @Test
  void keepsARingThatNobodyWaitedFor() throws Exception {
    signal.ring();
    assertThat(took(signal, LONG)).isLessThan(LONG);
  }

  @Test
  void keepsManyRingsAsOne() throws Exception {
    for (int i = 0; i < 100; i++) {
      signal.ring();
    }
    signal.await(LONG);
    assertThat(took(signal, Duration.ofMillis(50))).isGreaterThanOrEqualTo(Duration.ofMillis(50));
  }

  @Test
  void waitsNoLongerThanTold() throws Exception {
    assertThat(took(signal, Duration.ofMillis(20))).isGreaterThanOrEqualTo(Duration.ofMillis(20));
    signal.await(Duration.ZERO);
  }
}
