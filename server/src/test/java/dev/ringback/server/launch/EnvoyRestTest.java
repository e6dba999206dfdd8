package dev.ringback.server.launch;

import static dev.ringback.server.launch.RestCalls.assertError;
import static dev.ringback.server.launch.RestCalls.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.Job;
import dev.ringback.v1.ListJobsRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What the configuration makes of REST calls: a real Envoy before a fake service. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class EnvoyRestTest {
  private FakeJobService service;
  private EnvoyProcess envoy;
  private RestCalls rest;

  @BeforeAll
  void start(@TempDir Path dataDir) throws Exception {
    service = new FakeJobService();
    envoy = EnvoyProcess.start(EnvoyProcessTest.settings(0, service.port()), dataDir);
    rest = new RestCalls(envoy);
  }

  @AfterAll
  void stop() throws InterruptedException {
    rest.close();
    envoy.close();
    service.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/jobs", "/jobs", "/api/v1/queue", "//v1/jobs"})
  void createsWithItsOwnStatusAndLocation(String path) throws Exception {
    var answer =
        rest.send(
            rest.request(path)
                .header("Authorization", "Bearer rb_sk_1")
                .header("Idempotency-Key", "k1")
                .POST(BodyPublishers.ofString("{\"url\":\"http://x.test/\",\"maxRetries\":2}")));
    assertThat(answer.statusCode()).isEqualTo(201);
    assertThat(answer.headers().firstValue("location")).hasValue("/v1/jobs/job_1");
    assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
    JsonNode job = json(answer);
    assertThat(job.path("id").asString()).isEqualTo("job_1");
    assertThat(job.path("max_retries").asInt(-1)).as("zeros are printed").isZero();
    assertThat(service.request(CreateJobRequest.class).getMaxRetries()).isEqualTo(2);
    assertThat(service.header("authorization")).isEqualTo("Bearer rb_sk_1");
    assertThat(service.header("idempotency-key")).isEqualTo("k1");
  }

  @Test
  void tellsRestNothingOfGrpc() throws Exception {
    for (var answer :
        List.of(rest.get("/v1/jobs/job_1"), rest.get("/v1/jobs/missing"), rest.get("/v1/none"))) {
      assertThat(answer.headers().map().keySet())
          .noneMatch(name -> name.startsWith("grpc-") || name.startsWith("x-envoy"))
          .doesNotContain("x-http-status")
          .contains("x-request-id");
      assertThat(answer.headers().firstValue("server")).hasValue("ringback");
    }
  }

  @Test
  void keepsTheRequestIdOfTheCaller() throws Exception {
    var answer = rest.send(rest.request("/v1/jobs/job_1").header("x-request-id", "mine").GET());
    assertThat(answer.headers().firstValue("x-request-id")).hasValue("mine");
    assertThat(service.header("x-request-id")).isEqualTo("mine");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/jobs", "/jobs"})
  void listsAndReads(String path) throws Exception {
    var list =
        rest.get(path + "?status=failed&status=cancelled&label=team%3Da+b&page_size=7&no=such");
    assertThat(list.statusCode()).isEqualTo(200);
    assertThat(list.body()).isEqualTo("{\"jobs\":[],\"next_page_token\":\"\"}");
    ListJobsRequest asked = service.request(ListJobsRequest.class);
    assertThat(asked.getStatusList()).containsExactly(Job.Status.failed, Job.Status.cancelled);
    assertThat(asked.getLabelList()).containsExactly("team=a b");
    assertThat(asked.getPageSize()).isEqualTo(7);
    assertThat(json(rest.get(path + "/job_7")).path("id").asString()).isEqualTo("job_7");
  }

  @Test
  void cancels() throws Exception {
    assertThat(rest.send(rest.request("/v1/jobs/job_7").DELETE()).statusCode()).isEqualTo(200);
    var answer = rest.send(rest.request("/v1/jobs/job_8:cancel").POST(BodyPublishers.noBody()));
    assertThat(json(answer).path("id").asString()).isEqualTo("job_8");
  }

  @Test
  void showsTheServersErrorsWithTheirDetails() throws Exception {
    var answer = rest.get("/v1/jobs/missing");
    assertError(answer, 404, 5, "there is no job \"missing\"");
    JsonNode details = json(answer).path("details");
    assertThat(details.path(0).path("@type").asString()).endsWith("google.rpc.ErrorInfo");
    assertThat(details.path(0).path("reason").asString()).isEqualTo("JOB_NOT_FOUND");
    assertThat(details.path(1).path("field_violations").path(0).path("field").asString())
        .isEqualTo("id");
  }

  @Test
  void refusesInTheSameShape() throws Exception {
    assertError(rest.get("/v1/none?a=1"), 404, 5, "there is no GET /v1/none?a=1");
    assertError(
        rest.send(rest.request("/v1/jobs").PUT(BodyPublishers.noBody())),
        404,
        5,
        "there is no PUT /v1/jobs");
    assertError(rest.get("/v1/jobs?status=nonsense"), 400, 3, "nonsense");
    assertError(
        rest.send(rest.request("/v1/jobs").POST(BodyPublishers.ofString("{\"url\":"))), 400, 3, "");
    assertError(
        rest.send(
            rest.request("/v1/jobs/a:cancel").POST(BodyPublishers.ofString("{\"id\":\"b\"}"))),
        400,
        3,
        "");
    assertError(rest.send(rest.request("/v1/jobs").header("x_y", "1").GET()), 400, 3, "underscore");
    assertError(
        rest.send(rest.request("/v1/fetch").POST(BodyPublishers.ofByteArray(new byte[9 << 20]))),
        413,
        3,
        "larger than 8 MiB");
    assertError(
        rest.send(rest.request("/v1/jobs").header("x", "y".repeat(97 << 10)).GET()),
        431,
        3,
        "96 KiB");
  }

  @Test
  void takesABodyOfTheLimit() throws Exception {
    byte[] body = new byte[8 << 20];
    Arrays.fill(body, (byte) 0x80);
    var answer = rest.send(rest.request("/v1/fetch").POST(BodyPublishers.ofByteArray(body)));
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(service.request(HttpBody.class).getData()).isEqualTo(ByteString.copyFrom(body));
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "PATCH", "DELETE", "GET"})
  void relaysWhatItGetsAsItIs(String method) throws Exception {
    byte[] body = {'{', 0, (byte) 0xff, '\n'};
    boolean hasBody = !method.equals("GET");
    var answer =
        rest.send(
            rest.request("/v1/fetch")
                .header("Content-Type", "image/x-odd; a=b")
                .header("X-Fetch-Url", "https://x.test/a?b=c")
                .header("X-Delay", "24h")
                .header("X-Max-Retries", "5")
                .header("X-Max-Retry-Duration", "1h")
                .header("x-envoy-original-method", "TRACE")
                .method(
                    method, hasBody ? BodyPublishers.ofByteArray(body) : BodyPublishers.noBody()));
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(service.header("x-envoy-original-method")).isEqualTo(method);
    assertThat(service.header("x-fetch-url")).isEqualTo("https://x.test/a?b=c");
    assertThat(service.header("x-delay")).isEqualTo("24h");
    assertThat(service.header("x-max-retries")).isEqualTo("5");
    assertThat(service.header("x-max-retry-duration")).isEqualTo("1h");
    if (hasBody) {
      HttpBody arrived = service.request(HttpBody.class);
      assertThat(arrived.getData()).isEqualTo(ByteString.copyFrom(body));
      assertThat(arrived.getContentType()).isEqualTo("image/x-odd; a=b");
    }
  }
}
