package dev.ringback.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ringback.v1.JobServiceGrpc;
import dev.ringback.v1.WatchJobRequest;
import dev.ringback.v1.WatchMessage.Type;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class WatchTest {
  private FakeRingback fake;
  private RingbackClient client;

  @BeforeEach
  void start() throws IOException {
    fake = new FakeRingback();
    client = fake.client().build();
  }

  @AfterEach
  void stop() {
    client.close();
    fake.close();
  }

  private static void tell(
      StreamObserver<dev.ringback.v1.WatchMessage> watcher, Type type, String token) {
    watcher.onNext(
        dev.ringback.v1.WatchMessage.newBuilder().setType(type).setResumeToken(token).build());
  }

  private List<String> tokensAsked() {
    return fake.requests.stream()
        .map(request -> ((WatchJobRequest) request).getResumeToken())
        .toList();
  }

  private static List<String> tokens(Watch watch) {
    return watch.stream().map(WatchMessage::resumeToken).toList();
  }

  /** Tells one message, fails; then tells another and ends. */
  private void breaking(StatusRuntimeException failure) {
    fake.watch =
        watcher -> {
          if (fake.requests.size() == 1) {
            tell(watcher, Type.job_created, "1");
            watcher.onError(failure);
          } else {
            tell(watcher, Type.job_completed, "2");
            watcher.onCompleted();
          }
        };
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      names = {"UNAVAILABLE", "INTERNAL", "UNKNOWN", "CANCELLED"})
  void resumesBehindTheLastMessageWhenTheConnectionBreaks(Status.Code code) {
    breaking(code.toStatus().asRuntimeException());
    try (Watch watch = client.jobs().watch("job_1", "0")) {
      assertThat(tokens(watch)).containsExactly("1", "2");
    }
    assertThat(tokensAsked()).containsExactly("0", "1");
  }

  @Test
  void resumesWhenItWasTooSlow() {
    breaking(FakeRingback.refusal(Status.Code.ABORTED, "WATCHER_TOO_SLOW", Map.of()));
    try (Watch watch = client.jobs().watch("job_1")) {
      assertThat(tokens(watch)).containsExactly("1", "2");
    }
    assertThat(tokensAsked()).containsExactly("", "1");
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      names = {
        "INVALID_ARGUMENT",
        "NOT_FOUND",
        "UNAUTHENTICATED",
        "PERMISSION_DENIED",
        "OUT_OF_RANGE",
        "FAILED_PRECONDITION",
        "INTERNAL",
        "ABORTED",
        "RESOURCE_EXHAUSTED"
      })
  void aRefusalIsTold(Status.Code code) {
    fake.watch =
        watcher ->
            watcher.onError(FakeRingback.refusal(code, "SOME_REASON", Map.of("id", "job_1")));
    try (Watch watch = client.jobs().watch("job_1")) {
      Iterator<WatchMessage> messages = watch.iterator();
      var e = catchThrowableOfType(RingbackException.class, messages::hasNext);
      assertThat(e.code().name()).isEqualTo(code.name());
      assertThat(e.metadata()).containsEntry("id", "job_1");
    }
    assertThat(fake.requests).hasSize(1);
  }

  @Test
  void resumesAtTheProjectsLimitButDoesNotBeginAtIt() {
    fake.watch =
        watcher -> {
          switch (fake.requests.size()) {
            case 1 -> {
              tell(watcher, Type.job_created, "1");
              watcher.onError(Status.UNAVAILABLE.asRuntimeException());
            }
            case 3 -> watcher.onCompleted();
            default -> watcher.onError(FakeRingback.limited("0"));
          }
        };
    try (Watch watch = client.jobs().watch("job_1")) {
      assertThat(tokens(watch)).containsExactly("1");
    }
    try (Watch watch = client.jobs().watch("job_1")) {
      Iterator<WatchMessage> messages = watch.iterator();
      var e = catchThrowableOfType(RingbackException.class, messages::hasNext);
      assertThat(e.reason()).isEqualTo(Reason.PROJECT_LIMIT);
    }
  }

  @Test
  void tellsTheHookOfEachReconnectSinceItHeardSomething() {
    fake.watch =
        watcher -> {
          switch (fake.requests.size()) {
            case 3 -> {
              tell(watcher, Type.job_created, "1");
              watcher.onError(Status.UNAVAILABLE.withDescription("gone").asRuntimeException());
            }
            case 4 -> watcher.onCompleted();
            default -> watcher.onError(Status.UNAVAILABLE.asRuntimeException());
          }
        };
    List<Retry> retries = new CopyOnWriteArrayList<>();
    try (var told =
            fake.client()
                .onRetry(retry -> {
                  retries.add(retry);
                  throw new IllegalStateException("a hook that fails");
                })
                .build();
        Watch watch = told.jobs().watch("job_1")) {
      assertThat(tokens(watch)).containsExactly("1");
    }
    assertThat(retries).extracting(Retry::call).containsOnly("WatchJob");
    assertThat(retries).extracting(Retry::attempt).containsExactly(1, 2, 1);
    assertThat(retries.getLast().error())
        .hasMessage("UNAVAILABLE: http://127.0.0.1:%d: gone".formatted(fake.port()));
  }

  @Test
  void handsOutCheckpointsOnlyWhenAskedButResumesBehindThem() {
    fake.watch =
        watcher -> {
          if (fake.requests.size() % 2 == 1) {
            tell(watcher, Type.checkpoint, "1");
            watcher.onError(Status.UNAVAILABLE.asRuntimeException());
          } else {
            tell(watcher, Type.job_completed, "2");
            watcher.onCompleted();
          }
        };
    try (Watch watch = client.jobs().watch("job_1")) {
      assertThat(tokens(watch)).containsExactly("2");
    }
    assertThat(tokensAsked()).containsExactly("", "1");
    try (Watch watch = client.jobs().watch("job_1").withCheckpoints()) {
      assertThat(tokens(watch)).containsExactly("1", "2");
    }
  }

  @Test
  void leavesAConnectionThatIsSilent() {
    fake.watch =
        watcher -> {
          if (fake.requests.size() == 1) {
            tell(watcher, Type.job_created, "1");
          } else {
            watcher.onCompleted();
          }
        };
    Link link = Link.plain("http://127.0.0.1:" + fake.port(), "127.0.0.1", fake.port());
    List<Retry> retries = new ArrayList<>();
    Calls calls = new Calls(link, "k", Duration.ofSeconds(30), 1, retries::add);
    try (Watch watch =
        calls.watch(
            JobServiceGrpc.getWatchJobMethod(),
            "",
            token -> WatchJobRequest.newBuilder().setResumeToken(token).build(),
            Duration.ofMillis(200))) {
      assertThat(tokens(watch)).containsExactly("1");
    } finally {
      link.close();
    }
    assertThat(retries)
        .singleElement()
        .satisfies(retry ->
            assertThat(retry.error())
                .hasMessage(
                    "UNAVAILABLE: http://127.0.0.1:%d: nothing was heard for 0.2 s"
                        .formatted(fake.port())));
    assertThat(tokensAsked()).containsExactly("", "1");
  }

  @Test
  void leavesAConnectionThatIsDeadWithoutAWord() throws Exception {
    fake.watch =
        watcher -> {
          tell(watcher, Type.job_created, Integer.toString(fake.requests.size()));
          if (fake.requests.size() > 1) {
            watcher.onCompleted();
          }
        };
    try (var proxy = new FreezingProxy(fake.port());
        var through = fake.client().endpoint("http://127.0.0.1:" + proxy.port()).build();
        Watch watch = through.jobs().watch("job_1")) {
      Iterator<WatchMessage> messages = watch.iterator();
      assertThat(messages.next().resumeToken()).isEqualTo("1");
      proxy.freeze();
      assertThat(messages.next().resumeToken()).isEqualTo("2");
      assertThat(messages.hasNext()).isFalse();
    }
    assertThat(tokensAsked()).containsExactly("", "1");
  }

  @Test
  void endsTheCallWhenItIsClosedAndTellsWhoWaits() throws Exception {
    CountDownLatch watched = new CountDownLatch(1);
    CountDownLatch cancelled = new CountDownLatch(1);
    fake.watch =
        watcher -> {
          var call = (ServerCallStreamObserver<dev.ringback.v1.WatchMessage>) watcher;
          call.setOnCancelHandler(cancelled::countDown);
          watched.countDown();
        };
    Watch watch = client.jobs().watch("job_1");
    CompletableFuture<Void> done = watch.start(message -> {});
    assertThat(watched.await(20, TimeUnit.SECONDS)).isTrue();
    watch.close();
    done.get(20, TimeUnit.SECONDS);
    assertThat(cancelled.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(fake.requests).hasSize(1);
  }

  @Test
  void endsWhenTheClientIsClosed() throws Exception {
    CountDownLatch watched = new CountDownLatch(1);
    fake.watch = watcher -> watched.countDown();
    CompletableFuture<Void> done = client.jobs().watch("job_1").start(message -> {});
    assertThat(watched.await(20, TimeUnit.SECONDS)).isTrue();
    client.close();
    assertThatThrownBy(() -> done.get(20, TimeUnit.SECONDS))
        .cause()
        .isInstanceOfSatisfying(
            RingbackException.class, e -> assertThat(e.code()).isEqualTo(Code.CANCELLED));
  }

  @Test
  void closingEndsThePauseBeforeTheNextTry() throws Exception {
    fake.watch = watcher -> watcher.onError(Status.UNAVAILABLE.asRuntimeException());
    Watch watch = client.jobs().watch("job_1");
    CompletableFuture<Void> done = watch.start(message -> {});
    while (fake.requests.size() < 4) {
      Thread.onSpinWait();
    }
    watch.close();
    done.get(20, TimeUnit.SECONDS);
  }

  @Test
  void whatAHandlerThrowsEndsTheWatch() {
    fake.watch = watcher -> tell(watcher, Type.job_created, "1");
    CompletableFuture<Void> done =
        client
            .jobs()
            .watch("job_1")
            .start(message -> {
              throw new IllegalStateException("mine");
            });
    assertThatThrownBy(() -> done.get(20, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasRootCauseMessage("mine");
  }

  @Test
  void takesNoMoreThanItsReaderDoes() throws Exception {
    CountDownLatch full = new CountDownLatch(1);
    fake.watch =
        watcher -> {
          var call = (ServerCallStreamObserver<dev.ringback.v1.WatchMessage>) watcher;
          byte[] large = new byte[100_000];
          int told = 0;
          while (call.isReady() && told < 10_000) {
            call.onNext(
                dev.ringback.v1.WatchMessage.newBuilder()
                    .setResumeToken(Integer.toString(++told))
                    .setExecutionId(new String(large, java.nio.charset.StandardCharsets.US_ASCII))
                    .build());
          }
          if (told < 10_000) {
            full.countDown();
          }
        };
    try (Watch watch = client.jobs().watch("job_1")) {
      assertThat(watch.iterator().hasNext()).isTrue();
      assertThat(full.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void isWalkedThroughOnce() {
    try (Watch watch = client.jobs().watch("job_1")) {
      assertThat(tokens(watch)).isEmpty();
      assertThatThrownBy(watch::iterator).isInstanceOf(IllegalStateException.class);
    }
  }
}
