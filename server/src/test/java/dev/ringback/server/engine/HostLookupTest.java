package dev.ringback.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class HostLookupTest {
  private static final InetAddress[] FOUND = {InetAddress.ofLiteral("8.8.8.8")};

  @Test
  void waitsForASlowNameServerNoLongerThanTheDeadlineAndAsksItOnce() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    AtomicInteger asked = new AtomicInteger();
    HostLookup.Source slow =
        host -> {
          asked.incrementAndGet();
          try {
            answer.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return FOUND;
        };
    try (HostLookup lookup = new HostLookup(slow)) {
      for (int i = 0; i < 2; i++) {
        LiveCall call = new LiveCall(Duration.ofMillis(100));
        assertThatThrownBy(() -> resolve(lookup, call)).isInstanceOf(UnknownHostException.class);
        assertThat(CallFailure.of(new UnknownHostException("x"), call, "slow.example").message())
            .isEqualTo("the name slow.example was not resolved within 0.1 s");
      }
      assertThat(asked).hasValue(1);

      answer.countDown();
      LiveCall later = new LiveCall(Duration.ofSeconds(5));
      assertThat(resolve(lookup, later)).containsExactly(FOUND);
      assertThat(later.phase()).isEqualTo(LiveCall.Phase.CONNECT);
    }
  }

  private static InetAddress[] resolve(HostLookup lookup, LiveCall call)
      throws UnknownHostException {
    return ScopedValue.where(LiveCall.CURRENT, call).call(() -> lookup.resolve("slow.example"));
  }
}
