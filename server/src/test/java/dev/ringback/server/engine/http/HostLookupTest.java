package dev.ringback.server.engine.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ringback.server.job.TargetUrl;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class HostLookupTest {
  private static final TargetUrl SLOW = TargetUrl.parse("http://slow.example/");
  private static final Duration AT_ONCE = Duration.ofMillis(1);
  private static final InetAddress[] FOUND = {InetAddress.ofLiteral("8.8.8.8")};

  @Test
  void waitsForASlowNameServerNoLongerThanTheDeadlineAndAsksItOnce() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    AtomicInteger asked = new AtomicInteger();
    HostLookup.Source slow =
        host -> {
          if (TargetUrl.isAddress(host)) {
            return new InetAddress[] {InetAddress.ofLiteral(host)};
          }
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
        assertThatThrownBy(() -> lookup.resolve(SLOW, call.remaining()))
            .isInstanceOf(UnknownHostException.class);
        assertThat(CallFailure.of(new UnknownHostException("x"), call, SLOW.host()).message())
            .isEqualTo("the name slow.example was not resolved within 0.1 s");
      }
      assertThat(asked).hasValue(1);

      // Others and addresses need not wait for it.
      assertThat(lookup.resolve(TargetUrl.parse("http://[2001:db8::1]/"), AT_ONCE))
          .containsExactly(InetAddress.ofLiteral("2001:db8::1"));

      answer.countDown();
      assertThat(lookup.resolve(SLOW, Duration.ofSeconds(5))).containsExactly(FOUND);
    }
  }
}
