package dev.ringback.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ringback.v1.BatchCreateJobsRequest;
import dev.ringback.v1.BatchCreateJobsResponse;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.GetExecutionRequest;
import dev.ringback.v1.ListJobsRequest;
import dev.ringback.v1.ListJobsResponse;
import dev.ringback.v1.ListSigningSecretsResponse;
import io.grpc.Status;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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
  private void failing(int times, Status.Code code) {
    fake.answer =
        request -> {
          if (fake.requests.size() <= times) {
            throw code.toStatus().asRuntimeException();
          }
          return FakeRingback.job("job_1", dev.ringback.v1.Job.Status.pending);
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
    failing(3, Status.Code.UNAVAILABLE);
    assertThat(client.jobs().create(JOB).id()).isEqualTo("job_1");
    assertThat(keys()).hasSize(4);
    assertThat(keys().stream().distinct()).hasSize(1).allMatch(key -> key.length() >= 32);
    client.jobs().create(JOB);
    assertThat(keys().getLast()).as("the next call has another").isNotEqualTo(keys().getFirst());
  }

  @Test
  void aKeyThatIsGivenIsKept() {
    failing(1, Status.Code.UNAVAILABLE);
    client.jobs().create(JOB.idempotencyKey("mine"));
    assertThat(keys()).containsExactly("mine", "mine");
  }

  @Test
  void goesOnUntilItsTimeEndsAndSaysSo() {
    failing(1_000, Status.Code.UNAVAILABLE);
    List<Retry> retries = new ArrayList<>();
    try (var told = fake.client().timeout(Duration.ofSeconds(1)).onRetry(retries::add).build()) {
      long start = System.nanoTime();
      RingbackException e = failure(() -> told.jobs().create(JOB));
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
      assertThat(e.code()).isEqualTo(Code.UNAVAILABLE);
      assertThat(e.retryable()).isTrue();
      assertThat(e)
          .hasMessageMatching(
              "UNAVAILABLE: http://127.0.0.1:%d: .*; tried %d times in [01]\\.\\d s"
                  .formatted(fake.port(), retries.size() + 1));
    }
    assertThat(fake.requests).hasSize(retries.size() + 1).hasSizeGreaterThan(2);
    assertThat(retries)
        .first()
        .satisfies(retry -> {
          assertThat(retry.call()).isEqualTo("CreateJob");
          assertThat(retry.attempt()).isEqualTo(1);
          assertThat(retry.delay()).isBetween(Duration.ZERO, Duration.ofMillis(100));
          assertThat(retry.error().code()).isEqualTo(Code.UNAVAILABLE);
        });
    assertThat(retries)
        .extracting(Retry::attempt)
        .containsExactlyElementsOf(IntStream.rangeClosed(1, retries.size()).boxed().toList());
  }

  @Test
  void aHookThatFailsBreaksNoCall() {
    failing(2, Status.Code.UNAVAILABLE);
    try (var told =
        fake.client()
            .onRetry(retry -> {
              throw new AssertionError("a hook that fails");
            })
            .build()) {
      assertThat(told.jobs().create(JOB).id()).isEqualTo("job_1");
    }
  }

  @Test
  void aCreateOutlastsARestart() throws Exception {
    int port = fake.port();
    fake.close();
    CountDownLatch retries = new CountDownLatch(6);
    try (var patient = FakeRingback.client(port).onRetry(retry -> retries.countDown()).build()) {
      CompletableFuture<Job> created =
          CompletableFuture.supplyAsync(() -> patient.jobs().create(JOB));
      assertThat(retries.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(created).isNotDone();
      fake = new FakeRingback(port);
      failing(0, Status.Code.OK);
      assertThat(created.get(20, TimeUnit.SECONDS).id()).isEqualTo("job_1");
    }
  }

  @Test
  void theProjectsLimitIsWaitedForAsLongAsRingbackSays() {
    fake.answer =
        request -> {
          if (fake.requests.size() == 1) {
            throw FakeRingback.limited("2");
          }
          return FakeRingback.job("job_1", dev.ringback.v1.Job.Status.pending);
        };
    List<Retry> retries = new ArrayList<>();
    try (var told = fake.client().onRetry(retries::add).build()) {
      assertThat(told.jobs().create(JOB).id()).isEqualTo("job_1");
      fake.requests.clear();
      RingbackException e =
          failure(() -> told.jobs().withTimeout(Duration.ofSeconds(1)).create(JOB));
      assertThat(e.reason()).isEqualTo(Reason.PROJECT_LIMIT);
      assertThat(e).hasMessageContaining("; tried once in ");
    }
    assertThat(retries).extracting(Retry::delay).containsExactly(Duration.ofSeconds(2));
  }

  @Test
  void aTryFindsAServerThatCameBackHoweverLongTheChannelWouldWait() throws Exception {
    int port = fake.port();
    fake.close();
    Link link = Link.plain("http://127.0.0.1:" + port, "127.0.0.1", port);
    var once = new Jobs(new Calls(link, "k", Duration.ofSeconds(30), 1, retry -> {}));
    // By itself the channel would wait for a second now, and fail all calls meanwhile.
    for (int failed = 0; failed < 8; failed++) {
      assertThat(failure(() -> once.create(JOB)).code()).isEqualTo(Code.UNAVAILABLE);
    }
    fake = new FakeRingback(port);
    failing(0, Status.Code.OK);
    assertThat(once.create(JOB).id()).isEqualTo("job_1");
    link.close();
  }

  @Test
  void aConnectionThatIsNeverMadeDoesNotEatTheWholeTime() throws Exception {
    failing(0, Status.Code.OK);
    List<Retry> retries = new ArrayList<>();
    try (var proxy = new FreezingProxy(fake.port())) {
      // Takes the connection, and says nothing on it.
      proxy.freeze();
      Link link =
          Link.plain(
              "http://127.0.0.1:" + proxy.port(),
              "127.0.0.1",
              proxy.port(),
              Duration.ofMillis(300));
      var jobs = new Jobs(new Calls(link, "k", Duration.ofSeconds(30), 100, retries::add));
      assertThat(jobs.create(JOB).id()).isEqualTo("job_1");
      link.close();
      assertThat(retries)
          .first()
          .satisfies(retry ->
              assertThat(retry.error())
                  .hasMessage(
                      "UNAVAILABLE: http://127.0.0.1:%d: no connection within 0.3 s"
                          .formatted(proxy.port())));
    }
  }

  @Test
  void howOftenCanBeSet() {
    failing(100, Status.Code.UNAVAILABLE);
    try (var once = fake.client().maxAttempts(1).build()) {
      failure(() -> once.jobs().create(JOB));
    }
    assertThat(fake.requests).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      names = {"OK", "UNAVAILABLE"},
      mode = EnumSource.Mode.EXCLUDE)
  void nothingElseIsRepeated(Status.Code code) {
    failing(1, code);
    RingbackException e = failure(() -> client.jobs().create(JOB));
    assertThat(e.code().name()).isEqualTo(code.name());
    assertThat(e.retryable()).isFalse();
    assertThat(fake.requests).hasSize(1);
  }

  @Test
  void aRotationIsRepeatedOnlyWithASecretOfOnesOwn() {
    fake.answer =
        request -> {
          if (fake.requests.size() == 1) {
            throw Status.UNAVAILABLE.asRuntimeException();
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
  void eachJobOfABatchAndAFetchHasAKey() {
    fake.answer = request -> BatchCreateJobsResponse.getDefaultInstance();
    client.jobs().batchCreate(List.of(JOB, JOB.idempotencyKey("mine"), JOB));
    List<String> keys =
        ((BatchCreateJobsRequest) fake.requests.getFirst())
            .getRequestsList().stream().map(CreateJobRequest::getIdempotencyKey).toList();
    assertThat(keys).doesNotHaveDuplicates().doesNotContain("").contains("mine");
    fake.headers.clear();
    failing(2, Status.Code.UNAVAILABLE);
    client.jobs().fetch(FetchRequest.to("https://example.com/"));
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
          return FakeRingback.job("job_1", dev.ringback.v1.Job.Status.pending);
        };
    RingbackException e =
        failure(() -> client.jobs().withTimeout(Duration.ofMillis(200)).create(JOB));
    never.countDown();
    assertThat(e.code()).isEqualTo(Code.DEADLINE_EXCEEDED);
    assertThat(e)
        .hasMessage(
            "DEADLINE_EXCEEDED: http://127.0.0.1:%d: no answer within 0.2 s"
                .formatted(fake.port()));
    assertThat(fake.requests).hasSize(1);
  }

  @Test
  void anInterruptedCallEnds() throws Exception {
    failing(1_000, Status.Code.UNAVAILABLE);
    CompletableFuture<RingbackException> failure = new CompletableFuture<>();
    try (var often = fake.client().timeout(Duration.ofMinutes(10)).build()) {
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
              Status.Code.INVALID_ARGUMENT,
              "INVALID_FIELDS",
              Map.of("a", "b"),
              "url",
              "headers[x]");
        };
    RingbackException e = failure(() -> client.jobs().create(JOB));
    assertThat(e).hasMessage("INVALID_ARGUMENT (INVALID_FIELDS): what is wrong");
    assertThat(e.reason()).isEqualTo(Reason.INVALID_FIELDS);
    assertThat(e.reasonText()).isEqualTo("INVALID_FIELDS");
    assertThat(e.metadata()).isEqualTo(Map.of("a", "b"));
    assertThat(e.fieldViolations())
        .containsExactly(
            new RingbackException.FieldViolation("url", "must be right"),
            new RingbackException.FieldViolation("headers[x]", "must be right"));
    assertThat(e.retryable()).isFalse();
  }

  @Test
  void aReasonOfANewerRingbackStaysReadable() {
    fake.answer =
        request -> {
          throw FakeRingback.refusal(Status.Code.FAILED_PRECONDITION, "TOO_BLUE", Map.of());
        };
    RingbackException e = failure(() -> client.jobs().create(JOB));
    assertThat(e.reason()).isEqualTo(Reason.UNKNOWN);
    assertThat(e.reasonText()).isEqualTo("TOO_BLUE");
    assertThat(e).hasMessage("FAILED_PRECONDITION (TOO_BLUE): what is wrong");
  }

  @Test
  void anExecutionIsReadByItsId() {
    fake.answer =
        request ->
            dev.ringback.v1.Execution.newBuilder()
                .setId(((GetExecutionRequest) request).getId())
                .setJobId("job_1")
                .setStatus(dev.ringback.v1.Execution.Status.completed)
                .build();
    Execution execution = client.jobs().execution("exec_1");
    assertThat(execution.id()).isEqualTo("exec_1");
    assertThat(execution.jobId()).isEqualTo("job_1");
    assertThat(execution.status().isFinal()).isTrue();
  }

  @Test
  void theSecretsAreThoseThatAreListed() {
    fake.answer =
        request ->
            ListSigningSecretsResponse.newBuilder()
                .addSigningSecrets(
                    dev.ringback.v1.SigningSecret.newBuilder().setSecret("whsec_new"))
                .addSigningSecrets(
                    dev.ringback.v1.SigningSecret.newBuilder().setSecret("whsec_old"))
                .build();
    assertThat(client.signingSecrets().secrets()).containsExactly("whsec_new", "whsec_old");
  }

  @Test
  void awaitingTellsTheHookAndCountsFromTheLastAnswer() {
    fake.answer =
        request ->
            switch (fake.requests.size()) {
              case 1, 2, 4 -> throw Status.UNAVAILABLE.asRuntimeException();
              case 3 -> FakeRingback.job("job_1", dev.ringback.v1.Job.Status.running);
              default -> FakeRingback.job("job_1", dev.ringback.v1.Job.Status.completed);
            };
    List<Retry> retries = new ArrayList<>();
    try (var told = fake.client().onRetry(retries::add).build()) {
      told.jobs().await("job_1", Duration.ofSeconds(30));
    }
    assertThat(retries).extracting(Retry::call).containsOnly("AwaitJob");
    assertThat(retries).extracting(Retry::attempt).containsExactly(1, 2, 1);
  }

  @Test
  void awaitingGoesOnUntilTheJobHasEnded() {
    fake.answer =
        request ->
            switch (fake.requests.size()) {
              case 1, 3 -> FakeRingback.job("job_1", dev.ringback.v1.Job.Status.running);
              case 2 -> throw Status.UNAVAILABLE.asRuntimeException();
              default -> FakeRingback.job("job_1", dev.ringback.v1.Job.Status.failed);
            };
    Job job = client.jobs().await("job_1", Duration.ofSeconds(30));
    assertThat(job.status()).as("a value, not an error").isEqualTo(Job.Status.FAILED);
    assertThat(fake.requests).hasSize(4);
  }

  @Test
  void awaitingEndsWithItsTime() {
    fake.answer = request -> FakeRingback.job("job_1", dev.ringback.v1.Job.Status.pending);
    RingbackException e = failure(() -> client.jobs().await("job_1", Duration.ofMillis(50)));
    assertThat(e.code()).isEqualTo(Code.DEADLINE_EXCEEDED);
    assertThat(e).hasMessageContaining("job_1 has not ended within 0.1 s");
  }

  @Test
  void aTimeMayHaveNoEndButNotBeNone() {
    fake.answer = request -> FakeRingback.job("job_1", dev.ringback.v1.Job.Status.completed);
    Duration forever = ChronoUnit.FOREVER.getDuration();
    try (var endless = fake.client().timeout(forever).build()) {
      Jobs jobs = endless.jobs();
      assertThat(jobs.create(JOB.delay(forever).waitAtMost(forever)).id()).isEqualTo("job_1");
      assertThat(jobs.await("job_1", forever).id()).isEqualTo("job_1");
      assertThatThrownBy(() -> jobs.withTimeout(Duration.ZERO))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("timeout must be positive");
    }
  }

  @Test
  void awaitingEndsWhenTheClientIsClosed() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    fake.answer =
        request -> {
          asked.countDown();
          return FakeRingback.job("job_1", dev.ringback.v1.Job.Status.pending);
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
          throw FakeRingback.refusal(Status.Code.NOT_FOUND, "JOB_NOT_FOUND", Map.of());
        };
    assertThat(failure(() -> client.jobs().await("job_1", Duration.ofDays(1))).reason())
        .isEqualTo(Reason.JOB_NOT_FOUND);
  }

  @Test
  void anEmptyPageIsNotTheLast() {
    fake.answer =
        request -> {
          ListJobsResponse.Builder page = ListJobsResponse.newBuilder();
          return switch (((ListJobsRequest) request).getPageToken()) {
            case "" -> page.setNextPageToken("1").build();
            case "1" -> page.setNextPageToken("2").build();
            default ->
                page.addJobs(FakeRingback.job("job_1", dev.ringback.v1.Job.Status.pending)).build();
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
              .addJobs(FakeRingback.job("job_" + 2 * page, dev.ringback.v1.Job.Status.pending))
              .addJobs(
                  FakeRingback.job("job_" + (2 * page + 1), dev.ringback.v1.Job.Status.pending))
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
