package dev.ringback.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ringback.v1.BatchCreateJobsRequest;
import dev.ringback.v1.BatchCreateJobsResponse;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.ErrorReason;
import dev.ringback.v1.Job.Status;
import dev.ringback.v1.ListJobsRequest;
import dev.ringback.v1.ListJobsResponse;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status.Code;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is repeated, what is not, and what comes of it. */
@Timeout(60)
class CallsTest {
  private static final CreateJob JOB = CreateJob.to("https://example.com/");

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

  /** Fails so many times, and answers a job from then on. */
  private void failing(int times, Code code) {
    fake.answer =
        request -> {
          if (fake.requests.size() <= times) {
            throw code.toStatus().asRuntimeException();
          }
          return FakeRingback.job("job_1", Status.pending);
        };
  }

  private RingbackException failure(Runnable call) {
    return catchThrowableOfType(RingbackException.class, call::run);
  }

  private List<String> keys() {
    return fake.requests.stream()
        .map(request -> ((CreateJobRequest) request).getIdempotencyKey())
        .toList();
  }

  @Test
  void aCreateIsRepeatedUnderOneKeyOfItsOwn() {
    failing(3, Code.UNAVAILABLE);
    assertThat(client.jobs().create(JOB).id()).isEqualTo("job_1");
    assertThat(keys()).hasSize(4);
    assertThat(keys().stream().distinct()).hasSize(1).allMatch(key -> key.length() >= 32);
    client.jobs().create(JOB);
    assertThat(keys().getLast()).as("the next call has another").isNotEqualTo(keys().getFirst());
  }

  @Test
  void aKeyThatIsGivenIsKept() {
    failing(1, Code.UNAVAILABLE);
    client.jobs().create(JOB.idempotencyKey("mine"));
    assertThat(keys()).containsExactly("mine", "mine");
  }

  @Test
  void itGivesUpAfterTheLastTry() {
    failing(100, Code.UNAVAILABLE);
    RingbackException e = failure(() -> client.jobs().create(JOB));
    assertThat(e.code()).isEqualTo(Code.UNAVAILABLE);
    assertThat(e.retryable()).isTrue();
    assertThat(fake.requests).hasSize(4);
  }

  @Test
  void eachTryButTheFirstConnectsAnew() {
    failing(3, Code.UNAVAILABLE);
    AtomicInteger connections = new AtomicInteger();
    ManagedChannel channel =
        ManagedChannelBuilder.forAddress("127.0.0.1", fake.port()).usePlaintext().build();
    new Jobs(new Calls(channel, connections::incrementAndGet, Duration.ofSeconds(30), 4))
        .create(JOB);
    channel.shutdownNow();
    assertThat(connections).hasValue(3);
  }

  @Test
  void aTryFindsAServerThatCameBackHoweverLongTheChannelWouldWait() throws Exception {
    int port = fake.port();
    fake.close();
    ManagedChannel channel =
        ManagedChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    var reconnect = new Reconnect(channel);
    var once = new Jobs(new Calls(channel, () -> {}, Duration.ofSeconds(30), 1));
    // By itself the channel would wait for a second now, and fail all calls meanwhile.
    for (int failed = 0; failed < 8; failed++) {
      assertThat(failure(() -> once.create(JOB)).code()).isEqualTo(Code.UNAVAILABLE);
      reconnect.run();
    }
    fake = new FakeRingback(port);
    failing(0, Code.OK);
    reconnect.run();
    assertThat(once.create(JOB).id()).isEqualTo("job_1");
    channel.shutdownNow();
  }

  @Test
  void howOftenCanBeSet() {
    failing(100, Code.UNAVAILABLE);
    try (var once = fake.client().maxAttempts(1).build()) {
      failure(() -> once.jobs().create(JOB));
    }
    assertThat(fake.requests).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(
      value = Code.class,
      names = {"OK", "UNAVAILABLE"},
      mode = EnumSource.Mode.EXCLUDE)
  void nothingElseIsRepeated(Code code) {
    failing(1, code);
    RingbackException e = failure(() -> client.jobs().create(JOB));
    assertThat(e.code()).isEqualTo(code);
    assertThat(e.retryable()).isFalse();
    assertThat(fake.requests).hasSize(1);
  }

  @Test
  void aRotationIsRepeatedOnlyWithASecretOfOnesOwn() {
    fake.answer =
        request -> {
          if (fake.requests.size() == 1) {
            throw Code.UNAVAILABLE.toStatus().asRuntimeException();
          }
          return dev.ringback.v1.SigningSecret.getDefaultInstance();
        };
    assertThat(failure(() -> client.signingSecrets().rotate(Duration.ZERO)).code())
        .isEqualTo(Code.UNAVAILABLE);
    fake.requests.clear();
    client.signingSecrets().rotate(Duration.ZERO, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    assertThat(fake.requests).hasSize(2);
  }

  @Test
  void eachJobOfABatchAndARelayHasAKey() {
    fake.answer = request -> BatchCreateJobsResponse.getDefaultInstance();
    client.jobs().batchCreate(List.of(JOB, JOB.idempotencyKey("mine"), JOB));
    List<String> keys =
        ((BatchCreateJobsRequest) fake.requests.getFirst())
            .getRequestsList().stream().map(CreateJobRequest::getIdempotencyKey).toList();
    assertThat(keys).doesNotHaveDuplicates().doesNotContain("").contains("mine");
    fake.headers.clear();
    failing(2, Code.UNAVAILABLE);
    client.jobs().fetch(Relay.to("https://example.com/"));
    assertThat(fake.header(0, "idempotency-key"))
        .isNotEmpty()
        .isEqualTo(fake.header(1, "idempotency-key"));
    assertThat(fake.header(0, "x-fetch-url")).isEqualTo("https://example.com/");
  }

  @Test
  void aCallEndsWithItsTime() {
    CountDownLatch never = new CountDownLatch(1);
    fake.answer =
        request -> {
          try {
            never.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return FakeRingback.job("job_1", Status.pending);
        };
    RingbackException e =
        failure(() -> client.jobs().withTimeout(Duration.ofMillis(200)).create(JOB));
    never.countDown();
    assertThat(e.code()).isEqualTo(Code.DEADLINE_EXCEEDED);
    assertThat(fake.requests).hasSize(1);
  }

  @Test
  void waitsForNoTryThatWouldComeTooLate() {
    failing(1_000, Code.UNAVAILABLE);
    try (var often = fake.client().maxAttempts(1_000).timeout(Duration.ofSeconds(1)).build()) {
      long start = System.nanoTime();
      // The time may also end within the last try, where that began just before.
      assertThat(failure(() -> often.jobs().create(JOB)).code())
          .isIn(Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
    }
  }

  @Test
  void anInterruptedCallEnds() throws Exception {
    failing(1_000, Code.UNAVAILABLE);
    CompletableFuture<RingbackException> failure = new CompletableFuture<>();
    try (var often = fake.client().maxAttempts(1_000_000).timeout(Duration.ofMinutes(10)).build()) {
      Thread caller =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  often.jobs().create(JOB);
                } catch (RingbackException e) {
                  failure.complete(e);
                }
              });
      caller.interrupt();
      caller.join();
    }
    assertThat(failure.get(20, TimeUnit.SECONDS).code()).isEqualTo(Code.CANCELLED);
  }

  @Test
  void aRefusalTellsAllThatRingbackTold() {
    fake.answer =
        request -> {
          throw FakeRingback.refusal(
              Code.INVALID_ARGUMENT, "INVALID_FIELDS", Map.of("a", "b"), "url", "headers[x]");
        };
    RingbackException e = failure(() -> client.jobs().create(JOB));
    assertThat(e).hasMessage("INVALID_ARGUMENT (INVALID_FIELDS): what is wrong");
    assertThat(e.reason()).isEqualTo("INVALID_FIELDS");
    assertThat(e.is(ErrorReason.INVALID_FIELDS)).isTrue();
    assertThat(e.is(ErrorReason.INTERNAL)).isFalse();
    assertThat(e.metadata()).isEqualTo(Map.of("a", "b"));
    assertThat(e.fieldViolations())
        .containsExactly(
            new RingbackException.FieldViolation("url", "must be right"),
            new RingbackException.FieldViolation("headers[x]", "must be right"));
    assertThat(e.retryable()).isFalse();
  }

  @Test
  void awaitingGoesOnUntilTheJobHasEnded() {
    fake.answer =
        request ->
            switch (fake.requests.size()) {
              case 1, 3 -> FakeRingback.job("job_1", Status.running);
              case 2 -> throw Code.UNAVAILABLE.toStatus().asRuntimeException();
              default -> FakeRingback.job("job_1", Status.failed);
            };
    Job job = client.jobs().await("job_1", Duration.ofSeconds(30));
    assertThat(job.status()).as("a value, not an error").isEqualTo(Job.Status.FAILED);
    assertThat(fake.requests).hasSize(4);
  }

  @Test
  void awaitingEndsWithItsTime() {
    fake.answer = request -> FakeRingback.job("job_1", Status.pending);
    RingbackException e = failure(() -> client.jobs().await("job_1", Duration.ofMillis(50)));
    assertThat(e.code()).isEqualTo(Code.DEADLINE_EXCEEDED);
    assertThat(e).hasMessageContaining("job_1 has not ended within PT0.05S");
  }

  @Test
  void awaitingEndsWhenTheClientIsClosed() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    fake.answer =
        request -> {
          asked.countDown();
          return FakeRingback.job("job_1", Status.pending);
        };
    CompletableFuture<Job> awaited =
        CompletableFuture.supplyAsync(() -> client.jobs().await("job_1", Duration.ofDays(1)));
    assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
    client.close();
    assertThatThrownBy(() -> awaited.get(20, TimeUnit.SECONDS))
        .cause()
        .isInstanceOfSatisfying(
            RingbackException.class, e -> assertThat(e.code()).isEqualTo(Code.CANCELLED));
  }

  @Test
  void awaitingIsRefusedAtOnce() {
    fake.answer =
        request -> {
          throw FakeRingback.refusal(Code.NOT_FOUND, "JOB_NOT_FOUND", Map.of());
        };
    assertThat(
            failure(() -> client.jobs().await("job_1", Duration.ofDays(1)))
                .is(ErrorReason.JOB_NOT_FOUND))
        .isTrue();
  }

  @Test
  void anEmptyPageIsNotTheLast() {
    fake.answer =
        request -> {
          ListJobsResponse.Builder page = ListJobsResponse.newBuilder();
          return switch (((ListJobsRequest) request).getPageToken()) {
            case "" -> page.setNextPageToken("1").build();
            case "1" -> page.setNextPageToken("2").build();
            default -> page.addJobs(FakeRingback.job("job_1", Status.pending)).build();
          };
        };
    assertThat(client.jobs().list(ListJobs.all())).extracting(Job::id).containsExactly("job_1");
  }

  @Test
  void pagesAreReadWhenTheyAreReached() {
    fake.answer =
        request -> {
          String token = ((ListJobsRequest) request).getPageToken();
          int page = token.isEmpty() ? 0 : Integer.parseInt(token);
          return ListJobsResponse.newBuilder()
              .addJobs(FakeRingback.job("job_" + 2 * page, Status.pending))
              .addJobs(FakeRingback.job("job_" + (2 * page + 1), Status.pending))
              .setNextPageToken(page == 2 ? "" : Integer.toString(page + 1))
              .build();
        };
    Pages<Job> jobs = client.jobs().list(ListJobs.all().label("team", "billing").pageSize(2));
    assertThat(fake.requests).as("nothing is read before it is asked for").isEmpty();
    List<String> ids = new ArrayList<>();
    for (Job job : jobs) {
      ids.add(job.id());
      assertThat(fake.requests).hasSize((ids.size() + 1) / 2);
    }
    assertThat(ids).containsExactly("job_0", "job_1", "job_2", "job_3", "job_4", "job_5");
    assertThat(fake.requests)
        .allSatisfy(request -> {
          assertThat(((ListJobsRequest) request).getLabelList()).containsExactly("team=billing");
          assertThat(((ListJobsRequest) request).getPageSize()).isEqualTo(2);
        });
    assertThat(jobs.first().nextPageToken()).isEqualTo("1");
    assertThat(client.jobs().list(ListJobs.all().pageToken("2")).pages()).hasSize(1);
  }
}
