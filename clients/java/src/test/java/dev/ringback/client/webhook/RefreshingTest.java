package dev.ringback.client.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A verifier that asks for its secrets, by a clock and a source that tests set. */
@Timeout(60)
class RefreshingTest {
  private static final String OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  private static final String NEW = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
  private static final byte[] BODY = "it is time".getBytes(UTF_8);

  private volatile Instant now = Instant.ofEpochSecond(1_800_000_000);
  private volatile Supplier<List<String>> source = () -> List.of(OLD);
  private final AtomicInteger asked = new AtomicInteger();
  private final BlockingQueue<Exception> failures = new LinkedBlockingQueue<>();
  private final WebhookVerifier verifier =
      WebhookVerifier.refreshing(this::secrets, () -> now).onRefreshError(failures::add);

  private List<String> secrets() {
    asked.incrementAndGet();
    return source.get();
  }

  private boolean takes(String secret) {
    return takes(verifier, secret);
  }

  private boolean takes(WebhookVerifier by, String secret) {
    Map<String, String> headers =
        Map.of(
            "webhook-id",
            "exec_1",
            "webhook-timestamp",
            Long.toString(now.getEpochSecond()),
            "webhook-signature",
            WebhookVerifier.sign(secret, "exec_1", now, BODY));
    try {
      by.verify(headers::get, BODY);
      return true;
    } catch (WebhookVerificationException e) {
      assertThat(e.reason()).isEqualTo(WebhookVerificationException.Reason.NO_MATCHING_SIGNATURE);
      return false;
    }
  }

  private void pass(Duration time) {
    now = now.plus(time);
  }

  @Test
  void asksOnceWhenItIsMade() {
    assertThat(asked).hasValue(1);
    assertThat(takes(OLD)).isTrue();
    pass(Duration.ofMinutes(4));
    assertThat(takes(OLD)).isTrue();
    assertThat(asked).hasValue(1);
  }

  @Test
  void isNotMadeWithoutSecrets() {
    assertThatThrownBy(() ->
            WebhookVerifier.refreshing(() -> {
              throw new IllegalStateException("no way there");
            }))
        .hasMessage("no way there");
    assertThatThrownBy(() -> WebhookVerifier.refreshing(List::of))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void takesANewSecretAtOnceAndAsksOnceForMany() {
    source = () -> List.of(NEW);
    List<CompletableFuture<Boolean>> callbacks =
        Stream.generate(() -> CompletableFuture.supplyAsync(() -> takes(NEW))).limit(20).toList();
    assertThat(callbacks).allSatisfy(one -> assertThat(one.join()).isTrue());
    assertThat(asked).hasValue(2);
    assertThat(takes(OLD)).as("a secret that signs no more").isFalse();
  }

  @Test
  void forgedCallbacksMakeNoLoad() {
    for (int i = 0; i < 100; i++) {
      assertThat(takes(NEW)).isFalse();
    }
    assertThat(asked).hasValue(2);
    pass(Duration.ofSeconds(10));
    assertThat(takes(NEW)).isFalse();
    assertThat(asked).hasValue(3);
  }

  @Test
  void refreshesWhatIsOldWithoutWaiting() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    source =
        () -> {
          waitFor(answer);
          return List.of(NEW);
        };
    pass(Duration.ofMinutes(5));
    assertThat(takes(OLD)).as("by what there is, which still comes").isTrue();
    assertThat(takes(OLD)).isTrue();
    answer.countDown();
    // Waits for the refresh that runs.
    assertThat(takes(NEW)).isTrue();
    assertThat(asked).hasValue(2);
  }

  @Test
  void keepsWhatItHasWhenARefreshFails() throws Exception {
    source =
        () -> {
          throw new IllegalStateException("no way there");
        };
    pass(Duration.ofMinutes(5));
    assertThat(takes(OLD)).isTrue();
    assertThat(failures.poll(20, TimeUnit.SECONDS)).hasMessage("no way there");
    assertThat(takes(OLD)).isTrue();
    assertThat(asked).as("not again at once").hasValue(2);
    source = () -> List.of("whsec_c2hvcnQ=");
    pass(Duration.ofSeconds(10));
    assertThat(takes(OLD)).isTrue();
    assertThat(failures.poll(20, TimeUnit.SECONDS)).isInstanceOf(IllegalArgumentException.class);
    source = () -> List.of(NEW);
    assertThat(takes(NEW)).isTrue();
  }

  @Test
  void howOldIsTooOldCanBeSet() {
    WebhookVerifier soon = verifier.refreshAfter(Duration.ofSeconds(20));
    source = () -> List.of(NEW);
    pass(Duration.ofSeconds(20));
    // Begins a refresh by the one; the other, which has the same secrets, waits for it.
    assertThat(takes(soon, OLD)).isTrue();
    assertThat(takes(NEW)).isTrue();
    assertThat(asked).hasValue(2);
  }

  @Test
  void aHookThatFailsBreaksNothing() {
    WebhookVerifier told =
        verifier.onRefreshError(failure -> {
          throw new IllegalStateException("a hook that fails");
        });
    source =
        () -> {
          throw new IllegalStateException("no way there");
        };
    assertThat(takes(NEW)).isFalse();
    pass(Duration.ofMinutes(5));
    assertThat(takes(told, OLD)).isTrue();
    assertThat(takes(NEW)).isFalse();
    source = () -> List.of(NEW);
    pass(Duration.ofSeconds(10));
    assertThat(takes(NEW)).isTrue();
  }

  @Test
  void secretsThatAreGivenAreTakenToo() {
    verifier.replaceSecrets(List.of(NEW));
    assertThat(takes(NEW)).isTrue();
    assertThat(asked).hasValue(1);
  }

  private static void waitFor(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
