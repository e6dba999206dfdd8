package dev.ringback.server.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.Await;
import dev.ringback.v1.Attempt;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.GetJobRequest;
import dev.ringback.v1.Job;
import dev.ringback.v1.ListAttemptsRequest;
import dev.ringback.v1.ListJobsRequest;
import java.io.IOException;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a node starts, stops and shares a database, as real processes. */
class NodeLifeIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  /** For what Envoy has no part in: it takes a third of a start. */
  private static final Map<String, String> WITHOUT_ENVOY = Map.of("RINGBACK_ENVOY", "false");

  @TempDir private Path dataDir;

  @Test
  void keepsKeyAndJobsOverRestarts() throws Exception {
    // The empty setting is no setting: the first start makes a key.
    Map<String, String> keyless = Map.of("RINGBACK_API_KEY", "", "RINGBACK_ENVOY", "false");
    String key;
    String id;
    try (var node = RingbackNode.start(dataDir, keyless)) {
      key = Files.readString(dataDir.resolve("api-key")).strip();
      assertThat(key).startsWith("rb_sk_");
      assertThat(node.output()).contains(key);
      assertThat(Files.readString(dataDir.resolve("ringback.pid")).strip())
          .isEqualTo(Long.toString(node.pid()));
      try (var client = node.client(key)) {
        id =
            client
                .jobs()
                .createJob(request("http://127.0.0.1:9/").toBuilder().setDelay("1h").build())
                .getId();
      }
      assertThat(status(node.readyUrl())).isEqualTo(200);
      node.terminate();
    }
    assertThat(dataDir.resolve("ringback.pid")).doesNotExist();
    try (var node = RingbackNode.start(dataDir, keyless);
        var client = node.client(key)) {
      assertThat(node.output()).as("the key is shown once").doesNotContain(key);
      assertThat(client.jobs().getJob(GetJobRequest.newBuilder().setId(id).build()).getStatus())
          .isEqualTo(Job.Status.pending);
    }
  }

  @Test
  void drainsOnSigterm() throws Exception {
    try (var target = new CallbackTarget()) {
      var held = target.holdFirstAttempts();
      String id;
      try (var node = RingbackNode.start(dataDir, WITHOUT_ENVOY);
          var client = node.client()) {
        id = client.jobs().createJob(request(target.url("/slow"))).getId();
        held.awaitCalled();
        node.beginTerminate();
        Await.until("it stops to take calls", SOON, () -> status(node.readyUrl()) != 200);
        held.release();
        assertThat(node.awaitExit()).contains(0);
      }
      try (var node = RingbackNode.start(dataDir, WITHOUT_ENVOY);
          var client = node.client()) {
        Job job = client.jobs().getJob(GetJobRequest.newBuilder().setId(id).build());
        assertThat(job.getStatus()).isEqualTo(Job.Status.completed);
        assertThat(job.getAttemptCount()).isEqualTo(1);
        assertThat(target.hits()).hasSize(1);
      }
    }
  }

  @Test
  void handsBackWhatOutlastsTheGraceTime() throws Exception {
    try (var target = new CallbackTarget()) {
      var held = target.holdFirstAttempts();
      String id;
      Map<String, String> hasty =
          Map.of("RINGBACK_DRAIN_GRACE", "100ms", "RINGBACK_ENVOY", "false");
      try (var node = RingbackNode.start(dataDir, hasty);
          var client = node.client()) {
        id = client.jobs().createJob(request(target.url("/slow"))).getId();
        held.awaitCalled();
        node.terminate();
      }
      try (var node = RingbackNode.start(dataDir, WITHOUT_ENVOY);
          var client = node.client()) {
        Await.until(
            "it is called again at once",
            Duration.ofSeconds(5),
            () ->
                client.jobs().getJob(GetJobRequest.newBuilder().setId(id).build()).getStatus()
                    == Job.Status.completed);
        assertThat(
                client
                    .jobs()
                    .listAttempts(ListAttemptsRequest.newBuilder().setJobId(id).build())
                    .getAttemptsList()
                    .stream()
                    .map(Attempt::getStatus))
            .containsExactly(Attempt.Status.lost, Attempt.Status.succeeded);
      }
      held.release();
    }
  }

  @Test
  void twoNodesShareADatabaseAndWakeEachOther() throws Exception {
    try (var target = new CallbackTarget();
        var first = RingbackNode.start(dataDir.resolve("first"), WITHOUT_ENVOY)) {
      Map<String, String> settings =
          Map.of("RINGBACK_DATABASE_URL", first.databaseUrl(), "RINGBACK_ENVOY", "false");
      try (var second = RingbackNode.start(dataDir.resolve("second"), settings);
          var client = first.client();
          var other = second.client()) {
        for (int i = 0; i < 100; i++) {
          client.jobs().createJob(request(target.url("/" + i)));
        }
        Await.until("all are called", SOON, () -> target.hits().size() >= 100);
        Await.until(
            "the other node sees all of them completed",
            SOON,
            () ->
                other
                        .jobs()
                        .listJobs(
                            ListJobsRequest.newBuilder()
                                .addStatus(Job.Status.completed)
                                .setPageSize(500)
                                .build())
                        .getJobsCount()
                    == 100);
        assertThat(target.hits().stream().map(CallbackTarget.Hit::deliveryId))
            .doesNotHaveDuplicates();
      }
    }
  }

  @Test
  void makesKeysForFurtherProjectsWhetherItRunsOrNot() throws Exception {
    String whileStopped;
    try (var node = RingbackNode.start(dataDir)) {
      String key = RingbackNode.command(dataDir, Map.of(), "create-key", "--project", "billing");
      assertThat(key).matches("rb_sk_\\S+");
      try (var own = new Rest(node.base(), key);
          var other = new Rest(node.base(), RingbackNode.KEY)) {
        String id =
            own.post("/v1/jobs", "{\"url\":\"http://127.0.0.1:9/\",\"delay\":\"1h\"}")
                .json()
                .path("id")
                .asString();
        assertThat(own.get("/v1/jobs/" + id).status()).isEqualTo(200);
        assertThat(other.get("/v1/jobs/" + id).status()).isEqualTo(404);
        assertThat(other.get("/v1/jobs/" + id + "/attempts").status()).isEqualTo(404);
        assertThat(other.get("/v1/jobs/" + id + "/executions").status()).isEqualTo(404);
        assertThat(other.call("DELETE", "/v1/jobs/" + id, "").status()).isEqualTo(404);
        assertThat(other.get("/v1/jobs").json().path("jobs").size()).isZero();
      }
      node.terminate();
      whileStopped = RingbackNode.command(dataDir, Map.of(), "create-key", "--project", "billing");
    }
    try (var node = RingbackNode.start(dataDir, WITHOUT_ENVOY);
        var client = node.client(whileStopped)) {
      assertThat(client.jobs().listJobs(ListJobsRequest.getDefaultInstance()).getJobsCount())
          .isEqualTo(1);
    }
  }

  @Test
  void saysWhatIsWrongAndStopsAllThatItStarted() throws Exception {
    try (var taken = new ServerSocket(0)) {
      String port = Integer.toString(taken.getLocalPort());
      for (String setting :
          new String[] {"RINGBACK_HTTP_PORT", "RINGBACK_GRPC_PORT", "RINGBACK_OPS_PORT"}) {
        var node =
            RingbackNode.launch(dataDir, Map.of(setting, port, "RINGBACK_BIND_ADDRESS", "0.0.0.0"));
        assertThat(node.awaitExit()).contains(1);
        assertThat(node.output()).contains(setting).contains(port).doesNotContain("\tat ");
      }
    }
    var node =
        RingbackNode.launch(
            dataDir, Map.of("RINGBACK_CALLBACK_ALLOW", "10.0.0.0/99", "RINGBACK_GRPC_PORT", "x"));
    assertThat(node.awaitExit()).contains(2);
    assertThat(node.output())
        .contains("RINGBACK_CALLBACK_ALLOW")
        .contains("RINGBACK_GRPC_PORT")
        .doesNotContain("\tat ");
  }

  /** A program that starts a node calls it as soon as that says so. */
  @Test
  void envoyIsReadyWhenTheNodeIs() throws Exception {
    try (var node = RingbackNode.start(dataDir)) {
      assertThat(status(node.base() + "/healthz")).isEqualTo(200);
    }
  }

  @Test
  void opensEnvoysPortAlone() throws Exception {
    // 127.0.0.2 is this machine too, and no address that a port listens on unless it is told to.
    Map<String, String> settings =
        Map.of("RINGBACK_BIND_ADDRESS", "0.0.0.0", "RINGBACK_GRPC_BIND_ADDRESS", "127.0.0.3");
    try (var node = RingbackNode.start(dataDir, settings);
        var rest = new Rest(node.base(), RingbackNode.KEY)) {
      assertThat(isOpen("127.0.0.2", node.base())).isTrue();
      assertThat(isOpen("127.0.0.2", node.grpcUrl())).isFalse();
      assertThat(isOpen("127.0.0.2", node.readyUrl())).isFalse();
      assertThat(isOpen("127.0.0.1", node.readyUrl())).isTrue();
      assertThat(rest.get("/v1/jobs").status()).as("by way of 127.0.0.3").isEqualTo(200);
      assertThat(node.output()).doesNotContain("has no TLS");
    }
  }

  @Test
  void opensTheOtherPortsWhereTheyAreTold() throws Exception {
    Map<String, String> settings =
        Map.of("RINGBACK_GRPC_BIND_ADDRESS", "0.0.0.0", "RINGBACK_OPS_BIND_ADDRESS", "0.0.0.0");
    try (var node = RingbackNode.start(dataDir, settings);
        var rest = new Rest(node.base(), RingbackNode.KEY)) {
      assertThat(isOpen("127.0.0.2", node.base())).isFalse();
      assertThat(isOpen("127.0.0.2", node.grpcUrl())).isTrue();
      assertThat(isOpen("127.0.0.2", node.readyUrl())).isTrue();
      assertThat(rest.get("/v1/jobs").status()).isEqualTo(200);
      assertThat(node.output())
          .contains("RINGBACK_GRPC_BIND_ADDRESS opens the gRPC port, which has no TLS");
    }
  }

  private static boolean isOpen(String address, String url) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, URI.create(url).getPort()), 5_000);
      return true;
    } catch (ConnectException e) {
      return false;
    }
  }

  @Test
  void saysThatTheDatabaseCantBeReached() throws Exception {
    var node =
        RingbackNode.launch(
            dataDir, Map.of("RINGBACK_DATABASE_URL", "postgresql://me:secret@127.0.0.1:9/db"));
    assertThat(node.awaitExit()).contains(1);
    assertThat(node.output())
        .contains("RINGBACK_DATABASE_URL")
        .contains("127.0.0.1:9")
        .doesNotContain("secret")
        .doesNotContain("\tat ");
  }

  @Test
  void endsWhenItsEnvoyEnds() throws Exception {
    try (var node = RingbackNode.start(dataDir)) {
      ProcessHandle envoy =
          ProcessHandle.of(node.pid())
              .orElseThrow()
              .descendants()
              .filter(process -> process.info().command().orElse("").contains("envoy"))
              .findFirst()
              .orElseThrow();
      envoy.destroyForcibly();
      assertThat(node.awaitExit()).contains(1);
      assertThat(node.output()).contains("Envoy has ended");
    }
  }

  /** For real, with a jar that lacks what the claimer needs. */
  @Test
  void endsWhenAThreadOfItsOwnDies() throws Exception {
    Path broken = Files.copy(RingbackNode.JAR, dataDir.resolve("broken.jar"));
    try (FileSystem jar = FileSystems.newFileSystem(broken)) {
      Files.delete(jar.getPath("/dev/ringback/server/store/job/Claims$Demand.class"));
    }
    var node = RingbackNode.launch(broken, dataDir, WITHOUT_ENVOY);
    assertThat(node.awaitExit()).as(node.output()).contains(1);
    assertThat(node.output())
        .contains("the thread claimer died")
        .contains("NoClassDefFoundError")
        .contains("the thread claimer has ended: the node stops.");
  }

  private static CreateJobRequest request(String url) {
    return CreateJobRequest.newBuilder().setUrl(url).build();
  }

  private static int status(String url) {
    try {
      var connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
      connection.setConnectTimeout(1_000);
      connection.setReadTimeout(1_000);
      return connection.getResponseCode();
    } catch (IOException e) {
      return -1;
    }
  }
}
