package dev.ringback.server.launch;

import static dev.ringback.server.launch.RestCalls.assertError;
import static dev.ringback.server.launch.RestCalls.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
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
            .header("x-rest-call", "DELETE /v1/jobs/job_2")
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
            "x-rest-call",
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

  /** gRPC would take them for a further request, and break the connection at what it can't read. */
  @Test
  void requestTrailersGoNoFurther() throws Exception {
    var sent = new ByteArrayOutputStream();
    sent.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    sent.writeBytes(frame(SETTINGS, 0, 0, new byte[0]));
    byte[] head =
        fields(":method", "GET", ":path", "/v1/jobs/job_1", ":scheme", "http", ":authority", "h");
    sent.writeBytes(frame(HEADERS, END_HEADERS, 1, head));
    sent.writeBytes(frame(DATA, 0, 1, new byte[] {'x'}));
    sent.writeBytes(
        frame(HEADERS, END_HEADERS | END_STREAM, 1, fields("x-trace-bin", "!!!", "x-a", "b")));
    try (Socket socket = new Socket("127.0.0.1", envoy.httpPort())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(sent.toByteArray());
      assertThat(firstField(new DataInputStream(socket.getInputStream()))).isEqualTo(STATUS_200);
    }
  }

  // Of HTTP/2 and HPACK, as much as is needed (RFC 9113, 6; RFC 7541, 6.2.2 and appendix A).
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int SETTINGS = 4;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int STATUS_200 = 0x88;

  private static byte[] frame(int type, int flags, int stream, byte[] payload) {
    return ByteBuffer.allocate(9 + payload.length)
        .put((byte) 0)
        .putShort((short) payload.length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  private static byte[] fields(String... namesAndValues) {
    var block = new ByteArrayOutputStream();
    for (int i = 0; i < namesAndValues.length; i++) {
      if (i % 2 == 0) {
        block.write(0);
      }
      block.write(namesAndValues[i].length());
      block.writeBytes(namesAndValues[i].getBytes(StandardCharsets.US_ASCII));
    }
    return block.toByteArray();
  }

  /** The first byte of the answer's header fields. */
  private static int firstField(DataInputStream in) throws IOException {
    while (true) {
      int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
      int type = in.readUnsignedByte();
      in.skipNBytes(5);
      byte[] payload = in.readNBytes(length);
      if (type == HEADERS) {
        return payload[0] & 0xff;
      }
    }
  }
}
