package dev.ringback.server.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.Await;
import dev.ringback.server.job.SigningSecret;
import dev.ringback.server.store.db.Unavailable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SignerTest {
  private static final Instant AT = Instant.ofEpochSecond(1_614_265_330);
  private static final byte[] BODY = "{\"test\": 2432232314}".getBytes(UTF_8);
  private static final String ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";

  /** The example of the Standard Webhooks libraries. */
  private static final SigningSecret SECRET = secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

  private static final String SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
  private static final SigningSecret OTHER = secret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");

  private final AtomicInteger reads = new AtomicInteger();
  private volatile Supplier<List<SigningSecret>> store = () -> List.of(SECRET);
  private volatile long nanos;
  private final Signer signer =
      new Signer(
          _ -> {
            reads.incrementAndGet();
            return store.get();
          },
          () -> nanos);

  @AfterEach
  void close() {
    signer.close();
  }

  private static SigningSecret secret(String text) {
    return new SigningSecret(SigningSecret.parse(text).orElseThrow(), AT, Optional.empty());
  }

  private Optional<String> sign() {
    return signer.sign(1, ID, AT, BODY);
  }

  private static Unavailable away() {
    return new Unavailable();
  }

  @Test
  void signsAsStandardWebhooksDoes() {
    assertThat(sign()).contains(SIGNATURE);
  }

  @Test
  void signsWithEverySecretNewestFirst() {
    store = () -> List.of(OTHER, SECRET);
    assertThat(sign().orElseThrow().split(" "))
        .hasSize(2)
        .allMatch(entry -> entry.startsWith("v1,"))
        .endsWith(SIGNATURE);
  }

  @Test
  void readsAgainOnceWhatItKnowsIsOld() {
    sign();
    nanos = Signer.FRESH.toNanos() - 1;
    sign();
    assertThat(reads).hasValue(1);
    store = () -> List.of(OTHER);
    nanos++;
    assertThat(sign().orElseThrow()).isNotEqualTo(SIGNATURE);
    assertThat(reads).hasValue(2);
  }

  @Test
  void keepsTheSecretsOfProjectsApart() {
    sign();
    store = () -> List.of(OTHER);
    assertThat(signer.sign(2, ID, AT, BODY)).isPresent().isNotEqualTo(sign());
    assertThat(sign()).contains(SIGNATURE);
  }

  @Test
  void signsWithWhatItKnowsWhileTheDatabaseIsAwayAndSoonLooksAgain() {
    sign();
    nanos = Signer.FRESH.toNanos();
    store =
        () -> {
          throw away();
        };
    assertThat(sign()).contains(SIGNATURE);
    assertThat(sign()).contains(SIGNATURE);
    assertThat(reads).as("one look for all calls of the moment").hasValue(2);
    nanos += 250_000_000;
    store = () -> List.of(OTHER);
    assertThat(sign().orElseThrow()).isNotEqualTo(SIGNATURE);
  }

  @Test
  void waitsForTheDatabaseWhereItKnowsNothing() throws Exception {
    store =
        () -> {
          throw away();
        };
    var signed = CompletableFuture.supplyAsync(this::sign);
    Await.until("it looks twice", () -> reads.get() >= 2);
    assertThat(signed).isNotDone();
    store = () -> List.of(SECRET);
    assertThat(signed.get(10, TimeUnit.SECONDS)).contains(SIGNATURE);
  }

  @Test
  void readsForNoMoreThanTwoProjectsAtATime() throws Exception {
    AtomicInteger reading = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch go = new CountDownLatch(1);
    store =
        () -> {
          most.accumulateAndGet(reading.incrementAndGet(), Math::max);
          try {
            go.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          reading.decrementAndGet();
          return List.of(SECRET);
        };
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Optional<String>>> signed = new ArrayList<>();
      for (int project = 0; project < 50; project++) {
        int id = project;
        signed.add(threads.submit(() -> signer.sign(id, ID, AT, BODY)));
      }
      Await.until("two read", () -> reading.get() == 2);
      go.countDown();
      for (Future<Optional<String>> one : signed) {
        assertThat(one.get(10, TimeUnit.SECONDS)).contains(SIGNATURE);
      }
    }
    assertThat(most).hasValue(2);
  }

  @Test
  void sendsAwayWhoWaitsWhenItCloses() throws Exception {
    store =
        () -> {
          throw away();
        };
    var signed = CompletableFuture.supplyAsync(this::sign);
    Await.until("it looks", () -> reads.get() >= 1);
    signer.close();
    assertThat(signed.get(10, TimeUnit.SECONDS)).isEmpty();
  }
}
