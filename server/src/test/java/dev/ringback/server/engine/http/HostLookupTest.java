package dev.ringback.server.engine.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ringback.server.Await;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(20)
class HostLookupTest {
  private static final Duration SHORT = Duration.ofMillis(50);
  private static final Duration AMPLE = Duration.ofSeconds(10);
  private static final InetAddress FOUND = InetAddress.ofLiteral("8.8.8.8");
  private static final int SLOW = 1;
  private static final int OTHER = 2;
  private static final int THREADS = 8;

  /** What one project may hold of eight: three times what is free. */
  private static final int SHARE = 6;

  private final CountDownLatch answer = new CountDownLatch(1);
  private final Queue<String> asked = new ConcurrentLinkedQueue<>();
  private final AtomicLong nanos = new AtomicLong();
  private final HostLookup lookup = new HostLookup(this::resolve, THREADS, nanos::get);

  /** A name server that has nothing to say of {@code slow…} before it may. */
  private InetAddress[] resolve(String host) throws UnknownHostException {
    asked.add(host);
    if (host.startsWith("slow")) {
      try {
        answer.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    if (host.startsWith("no")) {
      throw new UnknownHostException(host);
    }
    return new InetAddress[] {FOUND};
  }

  @AfterEach
  void close() {
    answer.countDown();
    lookup.close();
  }

  private List<InetAddress> resolve(int project, String host, Duration longest)
      throws UnknownHostException {
    return lookup.resolve(project, host, 80, longest);
  }

  private Thread waits(int project, String host) {
    return Thread.ofVirtual()
        .start(() -> {
          try {
            resolve(project, host, AMPLE);
          } catch (UnknownHostException e) {
            asked.add(host + " was not found");
          }
        });
  }

  @Test
  void waitsForASlowNameServerNoLongerThanTheDeadlineAndAsksItOnce() throws Exception {
    for (int i = 0; i < 2; i++) {
      LiveCall call = new LiveCall(SHORT);
      assertThatThrownBy(() -> resolve(SLOW, "slow.test", call.remaining()))
          .isInstanceOf(UnknownHostException.class);
      assertThat(CallFailure.of(new UnknownHostException("x"), call, "slow.test").message())
          .isEqualTo("the name slow.test was not resolved within 0.05 s");
    }
    answer.countDown();
    assertThat(resolve(SLOW, "slow.test", AMPLE)).containsExactly(FOUND);
    assertThat(asked).containsExactly("slow.test");
  }

  @Test
  void aProjectWhoseNamesAreSilentWaitsForItselfAlone() throws Exception {
    for (int i = 0; i < 100; i++) {
      waits(SLOW, "slow" + i + ".test");
    }
    Await.until("the share to be held", () -> asked.size() == SHARE);
    // Its own wait for their turn, others have theirs at once.
    assertThatThrownBy(() -> resolve(SLOW, "own.test", SHORT))
        .isInstanceOf(UnknownHostException.class);
    for (int i = 0; i < 100; i++) {
      assertThat(resolve(OTHER, "fast" + i + ".test", AMPLE)).containsExactly(FOUND);
    }
    // Also while a second one is silent; and what this one knows needs no turn.
    waits(OTHER, "slow.test");
    Await.until("the second to be asked", () -> asked.contains("slow.test"));
    assertThat(resolve(3, "third.test", AMPLE)).containsExactly(FOUND);
    assertThat(resolve(SLOW, "fast1.test", SHORT)).containsExactly(FOUND);
    assertThat(asked).hasSize(SHARE + 100 + 2).doesNotContain("own.test");

    answer.countDown();
    Await.until("all to be asked", () -> asked.size() == 100 + 100 + 2);
    assertThat(resolve(SLOW, "own.test", AMPLE)).containsExactly(FOUND);
  }

  @Test
  void whatNobodyWaitsForAnyMoreIsNotAsked() throws Exception {
    for (int i = 0; i < SHARE; i++) {
      waits(SLOW, "slow" + i + ".test");
    }
    Await.until("the share to be held", () -> asked.size() == SHARE);
    assertThatThrownBy(() -> resolve(SLOW, "late.test", SHORT))
        .isInstanceOf(UnknownHostException.class);
    Thread patient = waits(SLOW, "patient.test");
    answer.countDown();
    patient.join();
    assertThat(asked).hasSize(SHARE + 1).contains("patient.test");
  }

  /** For as long as the JDK does: 30 s what was found, 10 s what was not. */
  @ParameterizedTest
  @CsvSource({"fast.test, 30", "none.test, 10"})
  void asksAgainOnceWhatItKnowsIsOld(String host, int seconds) {
    ask(host);
    nanos.addAndGet(Duration.ofSeconds(seconds).toNanos() - 1);
    ask(host);
    assertThat(asked).hasSize(1);
    nanos.addAndGet(1);
    ask(host);
    assertThat(asked).hasSize(2);
  }

  private void ask(String host) {
    try {
      assertThat(resolve(SLOW, host, AMPLE)).containsExactly(FOUND);
    } catch (UnknownHostException e) {
      assertThat(host).startsWith("none");
    }
  }

  /** No thread is free for them: they need none. */
  @ParameterizedTest
  @CsvSource({
    "127.1, 127.0.0.1",
    "2130706433, 127.0.0.1",
    "8.8.4.4, 8.8.4.4",
    "2001:db8::1, 2001:db8::1",
    "::ffff:10.0.0.1, 10.0.0.1"
  })
  void anAddressIsNotLookedUp(String host, String address) throws Exception {
    for (int project = 1; project <= THREADS; project++) {
      waits(project, "slow" + project + ".test");
    }
    Await.until("all threads to be held", () -> asked.size() == THREADS);
    assertThat(resolve(SLOW, host, SHORT)).containsExactly(InetAddress.ofLiteral(address));
    assertThat(asked).hasSize(THREADS);
  }

  /** The JDK asks for it, and may wait; so that it must not be asked on the caller's thread. */
  @Test
  void whatOnlyLooksLikeAnAddressIsAName() throws Exception {
    assertThatThrownBy(() -> resolve(SLOW, "slow.1", SHORT))
        .isInstanceOf(UnknownHostException.class);
    Await.until("it to be asked", () -> asked.contains("slow.1"));
    answer.countDown();
    assertThat(resolve(SLOW, "slow.1", AMPLE)).containsExactly(FOUND);
  }

  @Test
  void whoWaitsIsSentAwayAtTheEnd() throws Exception {
    Thread waiting = waits(SLOW, "slow.test");
    Await.until("it to be asked", () -> asked.contains("slow.test"));
    lookup.close();
    waiting.join();
    assertThat(asked).contains("slow.test was not found");
  }
}
