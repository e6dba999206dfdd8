package dev.ringback.server.launch;

import static dev.ringback.server.launch.RestCalls.assertError;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.GetJobRequest;
import dev.ringback.v1.Job;
import dev.ringback.v1.JobServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** One port for gRPC, gRPC-Web, browsers and health checks: real Envoys before a fake service. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class EnvoyGatewayTest {
  private FakeServer service;
  private EnvoyProcess envoy;
  private EnvoyProcess openEnvoy;
  private EnvoyProcess lonelyEnvoy;
  private RestCalls rest;
  private RestCalls openRest;
  private RestCalls lonelyRest;

  /** One with a service behind it, one open to the pages of an origin, one without a service. */
  @BeforeAll
  void start(@TempDir Path dataDir) throws Exception {
    service = new FakeServer();
    envoy = EnvoyProcess.start(EnvoyProcessTest.settings(service), dataDir);
    openEnvoy =
        EnvoyProcess.start(EnvoyProcessTest.settings(service, "https://app.example"), dataDir);
    lonelyEnvoy = EnvoyProcess.start(EnvoyProcessTest.settings(0), dataDir);
    rest = new RestCalls(envoy);
    openRest = new RestCalls(openEnvoy);
    lonelyRest = new RestCalls(lonelyEnvoy);
  }

  @AfterAll
  void stop() throws InterruptedException {
    rest.close();
    openRest.close();
    lonelyRest.close();
    envoy.close();
    openEnvoy.close();
    lonelyEnvoy.close();
    service.close();
  }

  @Test
  void letsNoPageCallUnlessItsOriginIsNamed() throws Exception {
    for (String origin : List.of("https://app.example", "https://evil.example")) {
      assertThat(preflight(rest, origin).headers().map())
          .doesNotContainKey("access-control-allow-origin");
    }
    assertThat(preflight(openRest, "https://evil.example").headers().map())
        .doesNotContainKey("access-control-allow-origin");

    var allowed = preflight(openRest, "https://app.example");
    assertThat(allowed.statusCode()).isEqualTo(200);
    assertThat(allowed.headers().firstValue("access-control-allow-origin"))
        .hasValue("https://app.example");
    assertThat(allowed.headers().firstValue("access-control-allow-headers").orElse(""))
        .contains("authorization", "idempotency-key", "x-grpc-web");
    var called =
        openRest.send(
            openRest.request("/v1/jobs/missing").header("Origin", "https://app.example").GET());
    assertError(called, 404, 5, "");
    assertThat(called.headers().firstValue("access-control-allow-origin"))
        .hasValue("https://app.example");
  }

  @Test
  void passesGrpcThroughTheSamePort() {
    ManagedChannel channel = channel(envoy);
    try {
      AtomicReference<Metadata> headers = new AtomicReference<>();
      AtomicReference<Metadata> trailers = new AtomicReference<>();
      var stub =
          JobServiceGrpc.newBlockingStub(channel)
              .withInterceptors(MetadataUtils.newCaptureMetadataInterceptor(headers, trailers));
      Job job = stub.createJob(CreateJobRequest.newBuilder().setUrl("http://x.test").build());
      assertThat(job.getUrl()).isEqualTo("http://x.test");
      assertThat(Objects.requireNonNull(headers.get()).keys()).doesNotContain("x-http-status");
      assertThatThrownBy(() -> stub.getJob(GetJobRequest.newBuilder().setId("missing").build()))
          .satisfies(
              e -> assertThat(Status.fromThrowable(e).getCode()).isEqualTo(Status.Code.NOT_FOUND))
          .hasMessageEndingWith("there is no job \"missing\"");
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  void passesGrpcWebThroughTheSamePort() throws Exception {
    byte[] message = GetJobRequest.newBuilder().setId("job_9").build().toByteArray();
    byte[] frame =
        ByteBuffer.allocate(5 + message.length)
            .put((byte) 0)
            .putInt(message.length)
            .put(message)
            .array();
    HttpResponse<byte[]> answer =
        rest.send(
            rest.request("/ringback.v1.JobService/GetJob")
                .header("Content-Type", "application/grpc-web+proto")
                .POST(BodyPublishers.ofByteArray(frame)),
            BodyHandlers.ofByteArray());
    assertThat(answer.statusCode()).isEqualTo(200);
    ByteBuffer body = ByteBuffer.wrap(answer.body());
    assertThat(body.get()).isZero();
    byte[] job = new byte[body.getInt()];
    body.get(job);
    assertThat(Job.parseFrom(job).getId()).isEqualTo("job_9");
    assertThat(new String(answer.body(), StandardCharsets.ISO_8859_1)).contains("grpc-status:0");
  }

  @Test
  void saysSoWhenTheServerIsNotThere() throws Exception {
    var answer = lonelyRest.send(lonelyRest.request("/v1/jobs").GET());
    assertError(answer, 503, 14, "the server is not reachable: try again");
    ManagedChannel channel = channel(lonelyEnvoy);
    try {
      var stub = JobServiceGrpc.newBlockingStub(channel);
      assertThatThrownBy(() -> stub.getJob(GetJobRequest.getDefaultInstance()))
          .satisfies(
              e -> assertThat(Status.fromThrowable(e).getCode()).isEqualTo(Status.Code.UNAVAILABLE))
          .hasMessageNotContaining("{");
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  void tellsItsHealth() throws Exception {
    assertThat(rest.get("/healthz").statusCode()).isEqualTo(200);
    assertThat(rest.get("/healthz").body().strip()).isEqualTo("{\"status\":\"SERVING\"}");
    assertError(lonelyRest.send(lonelyRest.request("/healthz").GET()), 503, 14, "");
    service.serve(false);
    try {
      OtherJvm.await("the fall of the health", () -> statusOfHealth() == 503);
      assertThat(rest.get("/v1/jobs").statusCode())
          .as("calls are tried all the same")
          .isEqualTo(200);
    } finally {
      service.serve(true);
    }
    OtherJvm.await("the rise of the health", () -> statusOfHealth() == 200);
  }

  private int statusOfHealth() {
    try {
      return rest.get("/healthz").statusCode();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static HttpResponse<String> preflight(RestCalls target, String origin) throws Exception {
    return target.send(
        target
            .request("/v1/jobs")
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "authorization")
            .method("OPTIONS", BodyPublishers.noBody()));
  }

  private static ManagedChannel channel(EnvoyProcess target) {
    return NettyChannelBuilder.forAddress("127.0.0.1", target.httpPort()).usePlaintext().build();
  }
}
