package dev.ringback.server.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import dev.ringback.server.Await;
import dev.ringback.server.journey.Rest.Answer;
import dev.ringback.v1.BatchCreateJobsRequest;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.GetJobRequest;
import dev.ringback.v1.Job;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.StreamObserver;
import java.net.URI;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** What is refused at the front door and how, and what REST and gRPC have in common. */
class RestIT {
  private static final String LATER = "\"url\":\"http://127.0.0.1:9/\",\"delay\":\"1h\"";

  @RegisterExtension private static final SharedNode shared = new SharedNode();
  private static Rest rest;

  @BeforeAll
  static void start() throws Exception {
    rest = shared.rest();
  }

  @AfterAll
  static void stop() {
    rest.close();
  }

  @Test
  void tellsEveryViolationAtOnce() throws Exception {
    Answer answer =
        rest.post(
            "/v1/jobs",
            """
            {"url": "ftp://user:secret@example.com/x", "method": "POST", "http_method": "PUT",
             "headers": {"Connection": "close", "bad name": "x", "X-Ok": "a\\r\\nb"},
             "scheduled_at": "tomorrow", "cron": "61 * * * *", "max_retries": -1,
             "time_zone": "Mars/Olympus", "attempt_deadline": "1y"}
            """);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().path("code").asInt()).isEqualTo(3);
    assertThat(violations(answer.json()))
        .contains(
            "url",
            "http_method",
            "headers[Connection]",
            "headers[bad name]",
            "headers[X-Ok]",
            "scheduled_at",
            "cron",
            "max_retries",
            "time_zone",
            "attempt_deadline");
    assertThat(answer.response().body()).doesNotContain("secret").doesNotContain("Exception");
  }

  private static List<String> violations(JsonNode error) {
    return error
        .path("details")
        .valueStream()
        .flatMap(detail -> detail.path("field_violations").valueStream())
        .map(violation -> violation.path("field").asString())
        .toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"url":"/relative"}                                              | url
          {}                                                               | url
          {"url":"http://h","method":"BREW"}                               | method
          {"url":"http://h","max_retries":1001}                            | max_retries
          {"url":"http://h","delay":"soon"}                                | delay
          {"url":"http://h","delay":"1h","cron":"* * * * *"}               | cron
          {"url":"http://h","scheduled_at":"2027-01-01","cron":"* * * * *"}| scheduled_at
          {"url":"http://h","labels":{"a b":"c"}}                          | labels[a b]
          {"url":"http://h","retry_policy":{"min_backoff":"1ms"}}          | retry_policy.min_backoff
          {"url":"http://h","body":"a","binary_body":"YQ=="}               | binary_body
          """)
  void namesTheField(String body, String field) throws Exception {
    Answer answer = rest.post("/v1/jobs", body);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(violations(answer.json())).contains(field);
  }

  @Test
  void bodyOverTheLimitIsTooLarge() throws Exception {
    String limit = "x".repeat(1 << 20);
    assertThat(rest.post("/v1/jobs", "{" + LATER + ",\"body\":\"" + limit + "\"}").status())
        .isEqualTo(201);
    Answer over = rest.post("/v1/jobs", "{" + LATER + ",\"body\":\"" + limit + "x\"}");
    assertThat(over.status()).isEqualTo(413);
    assertThat(violations(over.json())).containsExactly("body");
    assertOneShape(rest.post("/v1/jobs", "{\"body\":\"" + "x".repeat(9 << 20) + "\"}"), 413);
  }

  @Test
  void errorsHaveOneShape() throws Exception {
    assertOneShape(rest.get("/v1/nothing"), 404);
    assertOneShape(rest.get("/v1/jobs/job_00000000000000000000000000"), 404);
    assertOneShape(rest.get("/v1/jobs/nonsense"), 404);
    assertOneShape(rest.post("/v1/jobs", "{not json"), 400);
    assertOneShape(rest.post("/v1/jobs", "{\"max_retries\":\"many\"}"), 400);
    assertOneShape(rest.get("/v1/jobs?status=asleep"), 400);
    assertOneShape(rest.get("/v1/jobs?page_size=-1"), 400);
    assertOneShape(rest.get("/v1/jobs?page_token=junk"), 400);
    assertOneShape(rest.call("POST", "/v1/fetch", "x"), 400);
    for (String key : List.of("", "rb_sk_wrong")) {
      try (var stranger = new Rest(shared.node().base(), key)) {
        Answer answer = stranger.get("/v1/jobs");
        assertOneShape(answer, 401);
        assertThat(answer.header("www-authenticate")).startsWith("Bearer");
      }
    }
  }

  private static void assertOneShape(Answer answer, int status) {
    assertThat(answer.status()).as(answer.response().body()).isEqualTo(status);
    assertThat(answer.header("content-type")).isEqualTo("application/json");
    assertThat(answer.json().path("code").isInt()).isTrue();
    assertThat(answer.json().path("message").asString()).isNotBlank();
    assertThat(answer.json().path("details").isArray()).isTrue();
  }

  @Test
  void idempotencyKeyByFieldOrHeader() throws Exception {
    String body = "{" + LATER + ",\"body\":\"one\"}";
    Answer first = rest.post("/v1/jobs", body, "Idempotency-Key", "order-1");
    Answer again = rest.post("/v1/jobs", body, "Idempotency-Key", "order-1");
    Answer byField =
        rest.post("/v1/jobs", "{" + LATER + ",\"body\":\"one\",\"idempotency_key\":\"order-1\"}");
    assertThat(first.status()).isEqualTo(201);
    String id = first.json().path("id").asString();
    for (Answer repeated : List.of(again, byField)) {
      assertThat(repeated.status()).isEqualTo(201);
      assertThat(repeated.json().path("id").asString()).isEqualTo(id);
    }
    Answer other =
        rest.post("/v1/jobs", "{" + LATER + ",\"body\":\"two\"}", "Idempotency-Key", "order-1");
    assertOneShape(other, 409);
    assertThat(other.response().body()).contains("IDEMPOTENCY_KEY_REUSED").contains(id);
  }

  private static String batch(String... jobs) {
    return "{\"requests\":[" + String.join(",", jobs) + "]}";
  }

  @Test
  void createsAThousandJobsInOneCall() throws Exception {
    String[] jobs = new String[1_000];
    for (int i = 0; i < jobs.length; i++) {
      jobs[i] = "{" + LATER + ",\"body\":\"b\",\"max_retries\":" + i + "}";
    }
    Answer answer = rest.post("/v1/jobs:batchCreate", batch(jobs));
    assertThat(answer.status()).as(answer.response().body()).isEqualTo(200);
    assertThat(answer.json().path("jobs").valueStream().map(job -> job.path("max_retries").asInt()))
        .containsExactlyElementsOf(IntStream.range(0, 1_000).boxed().toList());
    JsonNode last = answer.json().path("jobs").path(999);
    assertThat(last.has("body")).isFalse();
    JsonNode read = rest.get("/v1/jobs/" + last.path("id").asString()).json();
    assertThat(read.path("body").asString()).isEqualTo("b");
    assertThat(read.path("next_run_at")).isEqualTo(last.path("next_run_at"));

    Answer more = rest.post("/v1/jobs:batchCreate", batch(jobs).replace("]}", ",{}]}"));
    assertOneShape(more, 400);
    assertThat(violations(more.json())).containsExactly("requests");
  }

  @Test
  void refusesABatchWholeAndTellsEveryViolation() throws Exception {
    String good = "{" + LATER + ",\"labels\":{\"of\":\"refused\"}}";
    Answer answer =
        rest.post(
            "/v1/jobs:batchCreate",
            batch(
                good, "{}", good, "{\"url\":\"http://h\",\"max_retries\":-1,\"delay\":\"soon\"}"));
    assertOneShape(answer, 400);
    assertThat(violations(answer.json()))
        .containsExactlyInAnyOrder(
            "requests[1].url", "requests[3].max_retries", "requests[3].delay");
    assertThat(ids(rest.get("/v1/jobs?label=of%3Drefused").json())).isEmpty();
    assertThat(violations(rest.post("/v1/jobs:batchCreate", "{}").json()))
        .containsExactly("requests");
    String large = "{" + LATER + ",\"body\":\"" + "x".repeat(1 << 20) + "\"}";
    assertOneShape(
        rest.post(
            "/v1/jobs:batchCreate", batch(Collections.nCopies(9, large).toArray(String[]::new))),
        413);
    Answer over = rest.post("/v1/jobs:batchCreate", batch(good, large.replace("\"}", "x\"}")));
    assertOneShape(over, 413);
    assertThat(violations(over.json())).containsExactly("requests[1].body");
  }

  @Test
  void aRepeatedBatchAnswersTheFirstJobs() throws Exception {
    String one = "{" + LATER + ",\"body\":\"1\"}";
    String two = "{" + LATER + ",\"body\":\"2\"}";
    List<String> first = ids(batchCreate("batch-1", batch(one, two, one)).json());
    assertThat(first).hasSize(3).doesNotHaveDuplicates();
    assertThat(ids(batchCreate("batch-1", batch(one, two, one)).json())).isEqualTo(first);
    Answer other = batchCreate("batch-1", batch(one, two, two));
    assertOneShape(other, 409);
    assertThat(other.response().body()).contains("IDEMPOTENCY_KEY_REUSED").contains(first.get(2));

    String keyed = "{" + LATER + ",\"idempotency_key\":\"batch-2\"}";
    List<String> twins = ids(batchCreate("", batch(one, keyed, keyed)).json());
    assertThat(twins.get(1)).isEqualTo(twins.get(2)).isNotEqualTo(twins.get(0));
    assertThat(violations(batchCreate("batch-3", batch(one, keyed)).json()))
        .containsExactly("requests[1].idempotency_key");
  }

  private static Answer batchCreate(String key, String body) throws Exception {
    return key.isEmpty()
        ? rest.post("/v1/jobs:batchCreate", body)
        : rest.post("/v1/jobs:batchCreate", body, "Idempotency-Key", key);
  }

  @Test
  void grpcCreatesBatchesToo() throws Exception {
    CreateJobRequest later =
        CreateJobRequest.newBuilder().setUrl("http://127.0.0.1:9/").setDelay("1h").build();
    for (String base : List.of(shared.node().base(), "")) {
      try (var client = base.isEmpty() ? shared.client() : StubClient.connect(base, shared.key())) {
        var created =
            client
                .jobs()
                .batchCreateJobs(
                    BatchCreateJobsRequest.newBuilder()
                        .addAllRequests(Collections.nCopies(1_000, later))
                        .build());
        assertThat(created.getJobsList()).hasSize(1_000).doesNotHaveDuplicates();
        Job last = created.getJobs(999);
        Job read = client.jobs().getJob(GetJobRequest.newBuilder().setId(last.getId()).build());
        assertThat(last).isEqualTo(read.toBuilder().clearBody().clearUrl().build());
      }
    }
  }

  @Test
  void cancelsByEitherCallAndOnlyOnce() throws Exception {
    for (Stream<String> call : List.of(Stream.of("DELETE", ""), Stream.of("POST", ":cancel"))) {
      List<String> parts = call.toList();
      String id = rest.post("/v1/jobs", "{" + LATER + "}").json().path("id").asString();
      String path = "/v1/jobs/" + id + parts.get(1);
      Answer cancelled = rest.call(parts.get(0), path, "");
      assertThat(cancelled.status()).isEqualTo(200);
      assertThat(cancelled.json().path("status").asString()).isEqualTo("cancelled");
      assertThat(cancelled.json().has("next_run_at")).isFalse();
      assertThat(rest.call(parts.get(0), path, "").status()).isEqualTo(200);
      JsonNode executions = rest.get("/v1/jobs/" + id + "/executions").json().path("executions");
      assertThat(executions.valueStream().map(e -> e.path("status").asString()))
          .containsExactly("cancelled");
    }
  }

  @Test
  void endedJobCantBeCancelled() throws Exception {
    try (var target = new CallbackTarget()) {
      String id =
          rest.post("/v1/jobs", "{\"url\":\"" + target.url("/") + "\"}")
              .json()
              .path("id")
              .asString();
      Await.until(
          "it is completed",
          Duration.ofSeconds(10),
          () -> rest.get("/v1/jobs/" + id).json().path("status").asString().equals("completed"));
      Answer answer = rest.call("DELETE", "/v1/jobs/" + id, "");
      assertOneShape(answer, 409);
      assertThat(answer.response().body()).contains("JOB_ENDED");
    }
  }

  @Test
  void listsInStablePages() throws Exception {
    for (int i = 0; i < 7; i++) {
      rest.post("/v1/jobs", "{" + LATER + ",\"labels\":{\"of\":\"pages\"}}");
    }
    List<String> all = ids(rest.get("/v1/jobs?label=of%3Dpages").json());
    assertThat(all).hasSize(7);
    JsonNode first = rest.get("/v1/jobs?label=of%3Dpages&page_size=3").json();
    rest.post("/v1/jobs", "{" + LATER + ",\"labels\":{\"of\":\"pages\"}}");
    String token = first.path("next_page_token").asString();
    JsonNode second = rest.get("/v1/jobs?label=of%3Dpages&page_size=4&page_token=" + token).json();
    assertThat(Stream.concat(ids(first).stream(), ids(second).stream()))
        .containsExactlyElementsOf(all);
    assertThat(second.path("next_page_token").asString()).isEmpty();
    assertOneShape(rest.get("/v1/jobs?status=failed&page_token=" + token), 400);
    assertThat(ids(rest.get("/v1/jobs?status=cancelled&status=failed&label=of%3Dpages").json()))
        .isEmpty();
  }

  private static List<String> ids(JsonNode page) {
    return page.path("jobs").valueStream().map(job -> job.path("id").asString()).toList();
  }

  @Test
  void grpcSpeaksThroughTheSamePort() throws Exception {
    try (var client = StubClient.connect(shared.node().base(), shared.key())) {
      var job =
          client
              .jobs()
              .createJob(
                  CreateJobRequest.newBuilder()
                      .setUrl("http://127.0.0.1:9/")
                      .setDelay("1h")
                      .build());
      var same = client.jobs().getJob(GetJobRequest.newBuilder().setId(job.getId()).build());
      assertThat(same).isEqualTo(job);
      assertThat(rest.get("/v1/jobs/" + job.getId()).status()).isEqualTo(200);
    }
  }

  @Test
  void grpcDescribesItselfWithoutAKey() throws Exception {
    URI base = URI.create(shared.node().base());
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(base.getHost(), base.getPort()).usePlaintext().build();
    try {
      var services = new CompletableFuture<List<String>>();
      var asked =
          ServerReflectionGrpc.newStub(channel)
              .serverReflectionInfo(
                  new StreamObserver<>() {
                    @Override
                    public void onNext(ServerReflectionResponse answer) {
                      services.complete(
                          answer.getListServicesResponse().getServiceList().stream()
                              .map(ServiceResponse::getName)
                              .toList());
                    }

                    @Override
                    public void onError(Throwable e) {
                      services.completeExceptionally(e);
                    }

                    @Override
                    public void onCompleted() {}
                  });
      asked.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
      assertThat(services.get(10, TimeUnit.SECONDS))
          .contains("ringback.v1.JobService", "grpc.health.v1.Health");
      asked.onCompleted();
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  void grpcErrorsCarryReasonAndViolations() throws Exception {
    try (var client = shared.client()) {
      CreateJobRequest bad = CreateJobRequest.newBuilder().setUrl("x").setMaxRetries(-1).build();
      var error =
          catchThrowableOfType(StatusRuntimeException.class, () -> client.jobs().createJob(bad));
      assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
      var status = StatusProto.fromThrowable(error);
      assertThat(status.getDetails(0).unpack(ErrorInfo.class).getReason())
          .isEqualTo("INVALID_FIELDS");
      assertThat(
              status.getDetails(1).unpack(BadRequest.class).getFieldViolationsList().stream()
                  .map(BadRequest.FieldViolation::getField))
          .containsExactlyInAnyOrder("url", "max_retries");
    }
  }
}
