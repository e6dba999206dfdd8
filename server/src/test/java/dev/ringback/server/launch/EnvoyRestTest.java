package dev.ringback.server.launch;

import static dev.ringback.server.launch.RestCalls.assertError;
import static dev.ringback.server.launch.RestCalls.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
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

/** How the configuration hands REST calls on: a real Envoy before a fake server. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class EnvoyRestTest {
  private FakeServer server;
  private EnvoyProcess envoy;
  private RestCalls rest;

  @BeforeAll
  void start(@TempDir Path dataDir) throws Exception {
    server = new FakeServer();
    envoy = EnvoyProcess.start(EnvoyProcessTest.settings(server), dataDir);
    rest = new RestCalls(envoy);
  }

  @AfterAll
  void stop() throws InterruptedException {
    rest.close();
    envoy.close();
    server.close();
  }

  @Test
  void answersWithTheServersStatusAndHeaders() throws Exception {
    var answer =
        rest.send(
            rest.request("//v1/./jobs?a=%ff&b")
                .header("Authorization", "Bearer rb_sk_1")
                .header("Idempotency-Key", "k1")
                .POST(BodyPublishers.ofString("{\"url\":\"http://x.test/\"}")));
    assertThat(answer.statusCode()).isEqualTo(201);
    assertThat(answer.headers().firstValue("location")).hasValue("/v1/jobs/job_1");
    assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
    assertThat(answer.headers().firstValue("vary")).hasValue("Origin");
    assertThat(answer.body()).isEqualTo("{\"id\":\"job_1\"}");
    assertThat(server.header("x-rest-method")).isEqualTo("POST");
    assertThat(server.header("x-rest-path")).isEqualTo("/v1/jobs?a=%ff&b");
    assertThat(server.header("authorization")).isEqualTo("Bearer rb_sk_1");
    assertThat(server.header("idempotency-key")).isEqualTo("k1");
    assertThat(server.arrived().getData().toStringUtf8()).isEqualTo("{\"url\":\"http://x.test/\"}");
  }

  @Test
  void tellsRestNothingOfGrpc() throws Exception {
    for (var answer : List.of(rest.get("/v1/jobs/job_1"), rest.get("/v1/jobs/missing"))) {
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
    assertThat(server.header("x-request-id")).isEqualTo("mine");
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
  void refusesLargeHeadersInTheSameShape() throws Exception {
    assertError(
        rest.send(rest.request("/v1/jobs").header("x", "y".repeat(97 << 10)).GET()),
        431,
        3,
        "96 KiB");
  }

  /** What steers Envoy, what gRPC would choke on, and what could be taken for a word of Envoy's. */
  @Test
  void dropsHeadersThatAreNotForCallersToSet() throws Exception {
    rest.send(
        rest.request("/v1/jobs/job_1")
            .header("x-envoy-retry-on", "5xx")
            .header("x-envoy-original-path", "/v1/secrets")
            .header("x-envoy-upstream-rq-timeout-ms", "1")
            .header("x-rest-method", "DELETE")
            .header("x-rest-path", "/v1/jobs/job_2")
            .header("x-trace-bin", "!!!")
            .header("grpc-timeout", "nonsense")
            .header("grpc-encoding", "nonsense")
            .header("te", "trailers, nonsense")
            .header("x_y", "1")
            .GET());
    assertThat(server.header("x-rest-method")).isEqualTo("GET");
    assertThat(server.header("x-rest-path")).isEqualTo("/v1/jobs/job_1");
    assertThat(server.header("x-envoy-original-path")).isEqualTo("/call");
    assertThat(server.headerNames())
        .doesNotContain(
            "x-envoy-retry-on",
            "x-envoy-upstream-rq-timeout-ms",
            "x-trace-bin",
            "grpc-timeout",
            "x_y");
    assertThat(server.header("grpc-encoding")).doesNotContain("nonsense");
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "PATCH", "DELETE", "GET"})
  void relaysWhatItGetsAsItIs(String method) throws Exception {
    byte[] body = new byte[8 << 20];
    Arrays.fill(body, (byte) 0x80);
    boolean hasBody = !method.equals("GET");
    var answer =
        rest.send(
            rest.request("/v1/fetch")
                .header("Content-Type", "image/x-odd; a=b")
                .header("Content-Encoding", "gzip")
                .header("X-Fetch-Url", "https://x.test/a?b=c")
                .method(
                    method, hasBody ? BodyPublishers.ofByteArray(body) : BodyPublishers.noBody()));
    assertThat(answer.statusCode()).isEqualTo(method.equals("POST") ? 201 : 200);
    assertThat(server.header("x-rest-method")).isEqualTo(method);
    assertThat(server.header("x-fetch-url")).isEqualTo("https://x.test/a?b=c");
    assertThat(server.header("content-encoding")).isEqualTo("gzip");
    if (hasBody) {
      assertThat(server.arrived().getData()).isEqualTo(ByteString.copyFrom(body));
      assertThat(server.arrived().getContentType()).isEqualTo("image/x-odd; a=b");
    }
  }
}
