package dev.ringback.server.journey;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ringback.server.Await;
import dev.ringback.server.launch.PreparedData;
import dev.ringback.v1.ListJobsRequest;
import dev.ringback.v1.WatchJobsRequest;
import dev.ringback.v1.WatchMessage;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How keys are kept, made, listed and ended, as real processes. */
@Timeout(180)
class KeysIT {
  /** As the commands' output and docs/security.md say. */
  private static final Duration REVOKED_WITHIN = Duration.ofSeconds(10);

  private static final Map<String, String> WITHOUT_ENVOY = Map.of("RINGBACK_ENVOY", "false");

  @TempDir private Path folder;

  private static boolean isRefused(StubClient client) {
    try {
      var _ = client.jobs().listJobs(ListJobsRequest.getDefaultInstance());
      return false;
    } catch (StatusRuntimeException e) {
      assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
      return true;
    }
  }

  private static List<String> lines(Path dataDir, String... command) throws Exception {
    var ended = RingbackNode.end(dataDir, Map.of(), command);
    assertThat(ended.status()).as(ended.output()).isZero();
    return ended.output().lines().toList();
  }

  /** Settings of a node on another database of the same server, without a key. */
  private static Map<String, String> on(RingbackNode host, String database, String envoy) {
    return Map.of(
        "RINGBACK_DATABASE_URL",
        host.databaseUrl().replaceFirst("/ringback$", "/" + database),
        "RINGBACK_API_KEY",
        "",
        "RINGBACK_ENVOY",
        envoy);
  }

  @Test
  void everyDatabasesFirstKeyIsKept() throws Exception {
    Path dataDir = Files.createDirectory(folder.resolve("data"));
    Path first = dataDir.resolve("api-key");
    Path second = dataDir.resolve("api-key-2");
    try (var host = RingbackNode.start(folder.resolve("host"), WITHOUT_ENVOY);
        var connection = host.database();
        var statement = connection.createStatement()) {
      statement.execute("create database one");
      statement.execute("create database two");
      try (var node = RingbackNode.start(dataDir, on(host, "one", "false"))) {
        assertThat(node.output()).contains(Files.readString(first).strip() + " (shown this once");
      }
      String key = Files.readString(first);
      try (var node = RingbackNode.start(dataDir, on(host, "two", "false"));
          var client = node.client(Files.readString(second).strip())) {
        assertThat(node.output()).contains("(shown this once, kept in " + second + ")");
        assertThat(isRefused(client)).isFalse();
      }
      assertThat(first).hasContent(key);
      try (var node = RingbackNode.start(dataDir, on(host, "two", "true"))) {
        assertThat(node.output()).contains("kept in " + second + ";").doesNotContain("rb_sk_");
        assertThat(sh(node.output().lines().filter(line -> line.contains("curl")).findFirst()))
            .contains("\"id\":");
      }
      Files.delete(second);
      try (var node = RingbackNode.start(dataDir, on(host, "two", "false"))) {
        assertThat(node.output()).contains("no file api-key* of this folder has one");
      }
      assertThat(first).hasContent(key);
      assertThat(second).doesNotExist();
    }
  }

  private static String sh(Optional<String> line) throws Exception {
    Process process =
        new ProcessBuilder("sh", "-c", line.orElseThrow()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return output;
  }

  @Test
  void commandsMakeNoDatabase() throws Exception {
    Path missing = folder.resolve("missing");
    var created =
        RingbackNode.end(
            missing, Map.of("RINGBACK_OPS_PORT", "0"), "create-key", "--project", "billing");
    assertThat(created)
        .isEqualTo(
            new RingbackNode.Ended(
                1,
                """
                no key was made for the project billing: there is no database in the data folder %s
                Set RINGBACK_DATA_DIR to the folder of the node, or RINGBACK_DATABASE_URL to its database, or start a node here first.
                """
                    .formatted(missing)));
    assertThat(missing).doesNotExist();

    Path other = folder.resolve("other");
    try (var node = RingbackNode.start(other, WITHOUT_ENVOY)) {
      Path empty = Files.createDirectory(folder.resolve("empty"));
      String port = Integer.toString(URI.create(node.readyUrl()).getPort());
      for (String[] command : new String[][] {{"list-keys"}, {"revoke-key", "rb_sk_Ab12Cd"}}) {
        var ended = RingbackNode.end(empty, Map.of("RINGBACK_OPS_PORT", port), command);
        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.output())
            .contains("there is no database in the data folder " + empty)
            .endsWith(
                "A node runs on this machine, with another folder or database: it answers at port "
                    + port
                    + ".\n");
      }
      assertThat(empty).isEmptyDirectory();

      Path stopped = Files.createDirectory(folder.resolve("stopped"));
      PreparedData.into(stopped);
      var beside = RingbackNode.end(stopped, Map.of("RINGBACK_OPS_PORT", port), "list-keys");
      assertThat(beside.output())
          .contains(
              "no node runs on the database in %s. A node runs on this machine".formatted(stopped));

      // Nor tables, in a database that no node has used.
      try (var connection = node.database();
          var statement = connection.createStatement()) {
        statement.execute("create database bare");
      }
      var bare = RingbackNode.end(empty, on(node, "bare", "false"), "list-keys");
      assertThat(bare)
          .isEqualTo(
              new RingbackNode.Ended(
                  1, "the database has no tables of Ringback yet: start a node on it first\n"));
    }
  }

  /** A watch over REST, line by line. */
  private static BufferedReader watchLines(RingbackNode node, String key) throws Exception {
    var connection = URI.create(node.base() + "/v1/jobs:watch").toURL().openConnection();
    connection.setRequestProperty("Authorization", "Bearer " + key);
    connection.setReadTimeout(30_000);
    return new BufferedReader(new InputStreamReader(connection.getInputStream(), UTF_8));
  }

  @Test
  void listsAndRevokesKeysWhileANodeRuns() throws Exception {
    try (var node = RingbackNode.start(folder)) {
      String key = RingbackNode.command(folder, Map.of(), "create-key", "--project", "billing");
      String prefix = key.substring(0, 12);
      try (var billing = node.client(key);
          var other = node.client();
          var rest = new Rest(node.base(), key);
          var lines = watchLines(node, key)) {
        Iterator<WatchMessage> watch =
            billing.lastingJobs().watchJobs(WatchJobsRequest.getDefaultInstance());
        assertThat(watch.hasNext()).isTrue();
        assertThat(lines.readLine()).isNotNull();
        assertThat(isRefused(other)).isFalse();
        try (var database = node.database();
            var unused =
                database.prepareStatement("select from api_keys where last_used_at is null")) {
          Await.until("the uses are on record", () -> !unused.executeQuery().next());
        }
        List<String> listed = lines(folder, "list-keys");
        assertThat(listed.get(0)).matches("PREFIX +PROJECT +MADE +LAST USED +FROM");
        String time = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ";
        assertThat(listed.get(1))
            .matches(prefix + "  billing  " + time + "  " + time + "  Ringback");
        assertThat(listed.get(2))
            .matches("rb_s\\.\\.\\. {7}default  " + time + "  " + time + "  RINGBACK_API_KEY");
        assertThat(listed).hasSize(3);
        assertThat(lines(folder, "list-keys", "--project", "billing")).hasSize(2);
        assertThat(RingbackNode.end(folder, Map.of(), "list-keys", "--project", "bilingg").output())
            .isEqualTo(
                "no key opens a project of that name; projects with keys: [billing, default]\n");

        assertThat(lines(folder, "revoke-key", prefix).getFirst())
            .startsWith("revoked " + prefix + " of the project billing");
        Await.until("it is refused", REVOKED_WITHIN, () -> isRefused(billing));
        assertThat(rest.get("/v1/jobs").status()).isEqualTo(401);
        assertThat(isRefused(other)).isFalse();
        var ended =
            catchThrowableOfType(
                StatusRuntimeException.class,
                () -> watch.forEachRemaining(message -> assertThat(message).isNotNull()));
        assertThat(ended.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
        assertThat(lines.lines().toList().getLast()).contains("API_KEY_INVALID");
        assertThat(lines(folder, "list-keys")).hasSize(2).noneMatch(line -> line.contains(prefix));
      }
    }
    // Also while none runs.
    assertThat(lines(folder, "revoke-key", "rb_s...").getLast())
        .isEqualTo("The project default has no other key: create-key makes one.");
  }

  @Test
  void aReplacedSettingEndsTheKeyBefore() throws Exception {
    String first = "one_key_of_the_setting_0123456789";
    String second = "two_key_of_the_setting_0123456789";
    for (String key : List.of(first, second)) {
      Map<String, String> settings = Map.of("RINGBACK_API_KEY", key, "RINGBACK_ENVOY", "false");
      try (var node = RingbackNode.start(folder, settings);
          var one = node.client(first);
          var two = node.client(second)) {
        assertThat(isRefused(one)).isEqualTo(!key.equals(first));
        assertThat(isRefused(two)).isEqualTo(!key.equals(second));
      }
    }
  }
}
