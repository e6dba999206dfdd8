package dev.ringback.server.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.ringback.server.Await;
import dev.ringback.server.journey.RingbackNode.Said;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.GetJobRequest;
import dev.ringback.v1.Job;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the person at the terminal sees of a node, and does to it. */
class OperatorIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Map<String, String> WITHOUT_ENVOY = Map.of("RINGBACK_ENVOY", "false");

  @TempDir private Path dataDir;

  @Test
  void ctrlCSaysWhatItWaitsForAndTheSecondStopsAtOnce() throws Exception {
    try (var target = new CallbackTarget()) {
      var held = target.holdFirstAttempts();
      String id;
      try (var node = RingbackNode.startInForeground(dataDir, WITHOUT_ENVOY);
          var client = node.client()) {
        id = client.jobs().createJob(request(target.url("/slow"))).getId();
        held.awaitCalled();
        node.interrupt();
        Await.until(
            "it says what it waits for",
            SOON,
            () ->
                node.output()
                    .contains("Stopping: 1 call in flight, up to 20 s; again to stop now."));
        node.interrupt();
        assertThat(node.awaitExit()).contains(130);
        assertThat(node.output()).contains("Stopped at once");
      }
      try (var node = RingbackNode.start(dataDir, WITHOUT_ENVOY);
          var client = node.client()) {
        var wanted = GetJobRequest.newBuilder().setId(id).build();
        Await.until(
            "the call is made again",
            SOON,
            () -> client.jobs().getJob(wanted).getStatus() == Job.Status.completed);
      }
      held.release();
    }
  }

  @Test
  void printsALineForEachCall() throws Exception {
    var settings = Map.of("RINGBACK_ENVOY", "false", "RINGBACK_CALL_LOG", "true");
    try (var target = new CallbackTarget();
        var node = RingbackNode.start(dataDir, settings);
        var client = node.client()) {
      target.answer(_ -> 204);
      String url = target.url("/hook?token=hunter2");
      String id = client.jobs().createJob(request(url)).getId();
      String line =
          "POST %s -> 204 in \\d+ ms  %s attempt 1"
              .formatted(url.substring(0, url.indexOf('?')), id);
      Await.until(
          "it prints the call",
          SOON,
          () -> node.output().lines().anyMatch(each -> each.matches("[\\d:.]+  " + line)));
      assertThat(node.output()).doesNotContain("hunter2");
      assertThat(node.output()).contains("off; RINGBACK_ENVOY=true");
    }
  }

  @Test
  void tellsWhatCanBeDoneWithTheJar() throws Exception {
    Said help = said("--help");
    assertThat(help.status()).isZero();
    assertThat(help.out()).startsWith("usage: ").contains("create-key", "--check-config");
    assertThat(help.errors()).isEmpty();
    assertThat(said("--version")).isEqualTo(new Said(0, "ringback 0.1.0\n", ""));
    Said unknown = said("--versoin");
    assertThat(unknown.status()).isEqualTo(2);
    assertThat(unknown.out()).isEmpty();
    assertThat(unknown.errors()).startsWith("usage: ");
  }

  @Test
  void checksTheSettings() throws Exception {
    var wrong = Map.of("RINGBACK_GRPC_PORT", "http", "RINGBACK_DATABASE_URL", "postgresql://h:x/d");
    Said refused = RingbackNode.said(RingbackNode.java(), dataDir, wrong, "--check-config");
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.errors().lines())
        .containsExactly(
            "RINGBACK_GRPC_PORT must be a whole number from 0 to 65535",
            "RINGBACK_DATABASE_URL must name each server as host or host:port, with a port from 1"
                + " to 65535 and an IPv6 address in brackets");

    var misspelt = Map.of("RINGBACK_HTPP_PORT", "1");
    Said warned = RingbackNode.said(RingbackNode.java(), dataDir, misspelt, "--check-config");
    assertThat(warned.status()).isZero();
    assertThat(warned.errors())
        .isEqualTo("RINGBACK_HTPP_PORT is no setting; did you mean RINGBACK_HTTP_PORT?\n");
    assertThat(warned.out())
        .contains("RINGBACK_GRPC_PORT=0\n", "RINGBACK_CALL_SLOTS=1024  (default)\n")
        .doesNotContain(RingbackNode.KEY);
    assertThat(dataDir).isEmptyDirectory();
  }

  @Test
  void saysInALineWhyItCanNotKeepItsData() throws Exception {
    Path file = Files.createFile(dataDir.resolve("file"));
    for (Path none : Stream.of(file, file.resolve("below"), Path.of("/proc/none")).toList()) {
      var settings = Map.of("RINGBACK_DATA_DIR", none.toString());
      Said refused = RingbackNode.said(RingbackNode.java(), dataDir, settings);
      assertThat(refused.status()).isEqualTo(1);
      assertThat(refused.errors().lines()).hasSize(1);
      assertThat(refused.errors()).startsWith("RINGBACK_DATA_DIR ").contains(none.toString());
    }
  }

  /** A machine whose default is older has the right one beside it. */
  @Test
  void anOlderJavaStartsTheRightOneAndStopsIt() throws Exception {
    Optional<Path> older = olderJava();
    assumeThat(older).as("a Java from 11 to 24 is installed").isPresent();
    assertThat(RingbackNode.said(older.orElseThrow(), dataDir, Map.of(), "--version"))
        .isEqualTo(new Said(0, "ringback 0.1.0\n", ""));
    try (var node = RingbackNode.startBy(older.get(), dataDir, WITHOUT_ENVOY)) {
      ProcessHandle started = started(node);
      node.beginTerminate();
      assertThat(node.awaitExit()).contains(0);
      assertThat(started.isAlive()).isFalse();
      assertThat(node.output()).contains("drained");
    }
    try (var node = RingbackNode.startBy(older.get(), dataDir, WITHOUT_ENVOY)) {
      ProcessHandle started = started(node);
      node.kill();
      Await.until("the node dies with it", SOON, () -> !started.isAlive());
    }
  }

  private ProcessHandle started(RingbackNode node) throws IOException {
    long pid = Long.parseLong(Files.readString(dataDir.resolve("ringback.pid")).strip());
    assertThat(pid).isNotEqualTo(node.pid());
    return ProcessHandle.of(pid).orElseThrow();
  }

  private static Optional<Path> olderJava() throws IOException {
    Path installed = Path.of("/usr/lib/jvm");
    if (!Files.isDirectory(installed)) {
      return Optional.empty();
    }
    try (var homes = Files.list(installed)) {
      return homes
          .filter(home -> home.getFileName().toString().matches(".*\\b(11|17|21)\\b.*"))
          .map(home -> home.resolve("bin/java"))
          .filter(Files::isExecutable)
          .findFirst();
    }
  }

  private Said said(String... arguments) throws IOException, InterruptedException {
    return RingbackNode.said(RingbackNode.java(), dataDir, Map.of(), arguments);
  }

  private static CreateJobRequest request(String url) {
    return CreateJobRequest.newBuilder().setUrl(url).build();
  }
}
