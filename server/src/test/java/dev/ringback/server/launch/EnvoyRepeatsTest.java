package dev.ringback.server.launch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.api.AnnotationsProto;
import com.google.api.HttpRule;
import com.google.protobuf.Descriptors.MethodDescriptor;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Which calls a real Envoy makes again when their connection breaks: a table over all there are.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class EnvoyRepeatsTest {
  /** Those that could do twice what was asked for once, and watches, which their clients resume. */
  private static final Set<String> ONCE =
      Set.of(
          "CreateJob",
          "BatchCreateJobs",
          "Fetch",
          "RotateSigningSecret",
          "WatchJob",
          "WatchJobs",
          "StreamJob",
          "StreamJobs");

  private static final int TRIES = 3;

  private BreakingServer server;
  private EnvoyProcess envoy;
  private RestCalls calls;

  @BeforeAll
  void start(@TempDir Path dataDir) throws Exception {
    server = new BreakingServer();
    envoy = EnvoyProcess.start(EnvoyProcessTest.settings(server.address()), dataDir);
    calls = new RestCalls(envoy);
  }

  @AfterAll
  void stop() throws Exception {
    calls.close();
    envoy.close();
    server.close();
  }

  private static Stream<MethodDescriptor> methods() {
    return EnvoyProcessTest.SERVICES.stream()
        .flatMap(service -> service.getMethods().stream())
        .map(call ->
            (ProtoMethodDescriptorSupplier) call.getMethodDescriptor().getSchemaDescriptor())
        .map(schema -> Objects.requireNonNull(schema).getMethodDescriptor());
  }

  private static int tries(MethodDescriptor method) {
    return ONCE.contains(method.getName()) ? 1 : TRIES;
  }

  static Stream<Arguments> grpc() {
    return methods()
        .map(method ->
            Arguments.of(
                method.getService().getFullName() + "/" + method.getName(), tries(method)));
  }

  @ParameterizedTest
  @MethodSource("grpc")
  void overGrpc(String path, int tries) throws Exception {
    int before = server.calls();
    calls.send(
        calls
            .request("/" + path)
            .header("Content-Type", "application/grpc-web+proto")
            .POST(BodyPublishers.ofByteArray(new byte[5])));
    assertThat(server.calls() - before).isEqualTo(tries);
  }

  static Stream<Arguments> rest() {
    return methods()
        .flatMap(method -> {
          HttpRule rule = method.getOptions().getExtension(AnnotationsProto.http);
          return Stream.concat(Stream.of(rule), rule.getAdditionalBindingsList().stream())
              .flatMap(EnvoyRepeatsTest::requests)
              .map(request -> Arguments.of(request, tries(method)));
        });
  }

  private static Stream<String> requests(HttpRule rule) {
    Stream<String> requests =
        switch (rule.getPatternCase()) {
          case GET -> Stream.of("GET " + rule.getGet(), "HEAD " + rule.getGet());
          case PUT -> Stream.of("PUT " + rule.getPut());
          case POST -> Stream.of("POST " + rule.getPost());
          case DELETE -> Stream.of("DELETE " + rule.getDelete());
          case PATCH -> Stream.of("PATCH " + rule.getPatch());
          case CUSTOM, PATTERN_NOT_SET -> Stream.of();
        };
    return requests.map(request -> request.replaceAll("\\{\\w+}", "job_1"));
  }

  @ParameterizedTest
  @MethodSource("rest")
  void overRest(String request, int tries) throws Exception {
    String[] methodAndPath = request.split(" ", 2);
    for (String rest : new String[] {"", "/", "?a=b"}) {
      int before = server.calls();
      calls.send(
          calls.request(methodAndPath[1] + rest).method(methodAndPath[0], BodyPublishers.noBody()));
      assertThat(server.calls() - before).as(rest).isEqualTo(tries);
    }
  }

  @Test
  void noHeaderOfACallerMakesACallRepeatable() throws Exception {
    int before = server.calls();
    calls.send(
        calls
            .request("/v1/jobs")
            .header("x-rest-call", "GET /v1/jobs")
            .header("x-rest-method", "GET")
            .header("x-envoy-retry-on", "reset")
            .POST(BodyPublishers.noBody()));
    assertThat(server.calls() - before).isEqualTo(1);
  }
}
