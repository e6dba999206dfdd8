package dev.ringback.server.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ringback.server.api.Routes;
import dev.ringback.v1.EventStreamServiceGrpc.EventStreamServiceImplBase;
import dev.ringback.v1.JobServiceGrpc.JobServiceImplBase;
import dev.ringback.v1.SigningSecretServiceGrpc.SigningSecretServiceImplBase;
import io.grpc.ServerServiceDefinition;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The life of a real Envoy, and its deaths. */
final class EnvoyProcessTest {
  @TempDir private Path dataDir;

  private static final InetSocketAddress NOBODY = new InetSocketAddress("127.0.0.1", 1);

  /** Those that the server has for clients. */
  static final List<ServerServiceDefinition> SERVICES =
      List.of(
          new JobServiceImplBase() {}.bindService(),
          new EventStreamServiceImplBase() {}.bindService(),
          new SigningSecretServiceImplBase() {}.bindService());

  /** On the loopback address, by the Envoy that `make build` installs; before nobody. */
  static EnvoyProcess.Settings settings(int httpPort) {
    return settings("127.0.0.1", httpPort, NOBODY, NOBODY);
  }

  /** Before a server, on any port. */
  static EnvoyProcess.Settings settings(FakeServer server, String... corsOrigins) {
    return settings("127.0.0.1", 0, server.grpc(), server.ops(), corsOrigins);
  }

  /** The same, before what is at an address. */
  static EnvoyProcess.Settings settings(InetSocketAddress grpc) {
    return settings("127.0.0.1", 0, grpc, NOBODY);
  }

  private static EnvoyProcess.Settings settings(
      String bindAddress,
      int httpPort,
      InetSocketAddress grpc,
      InetSocketAddress ops,
      String... corsOrigins) {
    Path binary = Path.of("../.tools/envoy/bin/envoy");
    return new EnvoyProcess.Settings(
        Optional.of(binary).filter(Files::exists),
        bindAddress,
        httpPort,
        grpc,
        ops,
        Routes.of(SERVICES),
        List.of(corsOrigins));
  }

  @Test
  void leavesNothingButItsLog() throws Exception {
    EnvoyProcess envoy = EnvoyProcess.start(settings(0), dataDir);
    int port = envoy.httpPort();
    assertThat(listensOn(port)).isTrue();
    envoy.close();
    envoy.close();
    assertThat(listensOn(port)).isFalse();
    OtherJvm.await("nothing of it runs", () -> !anythingRuns());
    try (Stream<Path> left = Files.list(dataDir.resolve("envoy"))) {
      assertThat(left).isEmpty();
    }
    assertThat(envoy.died().toCompletableFuture()).isNotDone();
  }

  @Test
  void namesThePortThatIsTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> EnvoyProcess.start(settings(taken.getLocalPort()), dataDir))
          .isInstanceOf(LaunchException.class)
          .hasMessage("port %d is in use: set RINGBACK_HTTP_PORT", taken.getLocalPort());
    }
  }

  @Test
  void sharesNoPortWithAnotherEnvoy() {
    try (EnvoyProcess first = EnvoyProcess.start(settings(0), dataDir)) {
      assertThatThrownBy(() -> EnvoyProcess.start(settings(first.httpPort()), dataDir))
          .hasMessageContaining("is in use");
      assertThat(listensOn(first.httpPort())).isTrue();
    }
  }

  @Test
  void showsWhatEnvoySaidBeforeItEnded() {
    var nonsense = settings("nonsense", 0, NOBODY, NOBODY);
    assertThatThrownBy(() -> EnvoyProcess.start(nonsense, dataDir))
        .isInstanceOf(LaunchException.class)
        .hasMessageContaining("Envoy ended with status 1")
        .hasMessageContaining("malformed IP address: nonsense");
  }

  @Test
  void endsWhenTheProcessIsKilled() throws Exception {
    try (OtherJvm holder = OtherJvm.start(EnvoyHolder.class, dataDir.toString(), "0")) {
      int port = Integer.parseInt(holder.said());
      assertThat(listensOn(port)).isTrue();
      holder.kill();
      OtherJvm.await("the guardian's last command", () -> !listensOn(port) && !anythingRuns());
    }
  }

  @Test
  void endsAtTheNextStartWhenTheGuardianIsKilledToo() throws Exception {
    try (OtherJvm holder = OtherJvm.start(EnvoyHolder.class, dataDir.toString(), "0")) {
      int port = Integer.parseInt(holder.said());
      holder.killWithGuardians();
      assertThat(listensOn(port)).isTrue();
      try (EnvoyProcess next = EnvoyProcess.start(settings(port), dataDir)) {
        assertThat(next.httpPort()).isEqualTo(port);
        try (Stream<Path> runs = Files.list(dataDir.resolve("envoy"))) {
          assertThat(runs).as("one folder and its lock").hasSize(2);
        }
      }
    }
    OtherJvm.await("nothing of it runs", () -> !anythingRuns());
  }

  @Test
  void leavesTheEnvoyOfALivingNodeAlone() throws Exception {
    try (OtherJvm holder = OtherJvm.start(EnvoyHolder.class, dataDir.toString(), "0")) {
      EnvoyProcess.start(settings(0), dataDir).close();
      assertThat(listensOn(Integer.parseInt(holder.said()))).isTrue();
      holder.kill();
      OtherJvm.await("the guardian's last command", () -> !anythingRuns());
    }
  }

  @Test
  void tellsWhenEnvoyDies() throws Exception {
    try (EnvoyProcess envoy = EnvoyProcess.start(settings(0), dataDir)) {
      ProcessHandle.current()
          .children()
          .filter(child -> commandLine(child).contains(dataDir + "/envoy/"))
          .filter(child -> commandLine(child).contains("envoy.yaml"))
          .forEach(ProcessHandle::destroyForcibly);
      envoy.died().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void isLookedForInTheKnownPlaces() throws Exception {
    Path installed = dataDir.resolve(".tools/envoy/bin/envoy");
    Path other = dataDir.resolve("bin/envoy");
    for (Path program : List.of(installed, other)) {
      Files.createDirectories(program.getParent());
      Files.createFile(program);
      assertThat(program.toFile().setExecutable(true)).isTrue();
    }
    Path elsewhere = dataDir.resolve("elsewhere");
    String path = "/nowhere:" + other.getParent();

    assertThat(EnvoyBinary.find(Optional.of(other), path, dataDir)).isEqualTo(other);
    assertThat(EnvoyBinary.find(Optional.empty(), path, dataDir)).isEqualTo(installed);
    assertThat(EnvoyBinary.find(Optional.empty(), path, elsewhere)).isEqualTo(other);
    assertThatThrownBy(() -> EnvoyBinary.find(Optional.empty(), "", elsewhere))
        .hasMessageContaining("make build");
    for (Path none : List.of(elsewhere, dataDir)) {
      assertThatThrownBy(() -> EnvoyBinary.find(Optional.of(none), path, dataDir))
          .hasMessage("RINGBACK_ENVOY_BIN is no program that can be run: " + none);
    }
  }

  @Test
  void fillsTheTemplateWithJson() {
    assertThat(
            EnvoyConfig.fill(
                "a: ${A}, b: ${B_C}",
                Map.of("A", "x\"$1: y", "B_C", List.of(Map.of("exact", "o")))))
        .isEqualTo("a: \"x\\\"$1: y\", b: [{\"exact\":\"o\"}]");
    assertThatThrownBy(() -> EnvoyConfig.fill("${A}", Map.of()))
        .hasMessageContaining("no value for ${A}");
  }

  private static boolean listensOn(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException refused) {
      return false;
    }
  }

  /** An Envoy or a guardian: both name their folder on their command line. */
  private boolean anythingRuns() {
    return ProcessHandle.allProcesses()
        .anyMatch(process -> commandLine(process).contains(dataDir.toString()));
  }

  private static String commandLine(ProcessHandle process) {
    return process.info().commandLine().orElse("");
  }
}
