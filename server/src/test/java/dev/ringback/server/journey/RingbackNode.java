package dev.ringback.server.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.Await;
import dev.ringback.server.Signals;
import dev.ringback.server.job.JobId;
import dev.ringback.server.launch.EmbeddedPostgres;
import dev.ringback.server.launch.PreparedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The jar, as a real process with a real Envoy, as {@code make run} starts it. */
final class RingbackNode implements AutoCloseable {
  static final String KEY = "rb_sk_of_the_tests_0123456789";

  /** What a node may use of memory, where a test says nothing. */
  private static final String HEAP = "512m";

  /** What was built. */
  static final Path JAR = Path.of("target/ringback.jar");

  private static final Duration START = Duration.ofSeconds(60);
  private static final Pattern HTTP = Pattern.compile("REST, gRPC, gRPC-Web\\s+(http://\\S+)");
  private static final Pattern GRPC = Pattern.compile("gRPC, without Envoy\\s+(\\S+)");
  private static final Pattern HEALTH = Pattern.compile("health\\s+(http://\\S+)");

  private final Path dataDir;
  private final Process process;
  private final Path output;

  private RingbackNode(Path dataDir, Process process, Path output) {
    this.dataDir = dataDir;
    this.process = process;
    this.output = output;
  }

  /** Starts on any free ports and returns when it is ready. */
  static RingbackNode start(Path dataDir, Map<String, String> settings) throws Exception {
    return start(dataDir, HEAP, settings);
  }

  /** The same on a folder that stays empty until then: the node itself makes all that it needs. */
  static RingbackNode startFromNothing(Path dataDir, Map<String, String> settings)
      throws Exception {
    return ready(run(JAR, dataDir, options(JAR, HEAP), settings));
  }

  /** Starts a node and stops it, for what options of its JVM leave behind. */
  static void startAndStop(Path dataDir, List<String> options) throws Exception {
    PreparedData.into(dataDir);
    try (var node = ready(run(JAR, dataDir, options, Map.of("RINGBACK_ENVOY", "false")))) {
      node.terminate();
    }
  }

  /** Starts with a heap of a size, such as {@code 96m}. */
  static RingbackNode start(Path dataDir, String heap, Map<String, String> settings)
      throws Exception {
    return ready(launch(dataDir, heap, settings));
  }

  private static RingbackNode ready(RingbackNode node) throws Exception {
    try {
      Await.until("the node is ready", START, () -> !node.isAlive() || node.isReady());
      assertThat(node.isAlive()).as("the node lives").isTrue();
    } catch (AssertionError e) {
      node.close();
      throw new AssertionError(e.getMessage() + "; it says:\n" + node.output(), e);
    }
    return node;
  }

  static RingbackNode start(Path dataDir) throws Exception {
    return start(dataDir, Map.of());
  }

  /** Starts, and does not wait. */
  static RingbackNode launch(Path dataDir, Map<String, String> settings) throws IOException {
    return launch(dataDir, HEAP, settings);
  }

  private static RingbackNode launch(Path dataDir, String heap, Map<String, String> settings)
      throws IOException {
    Files.createDirectories(dataDir);
    if (!settings.containsKey("RINGBACK_DATABASE_URL")) {
      PreparedData.into(dataDir);
    }
    return run(JAR, dataDir, options(JAR, heap), settings);
  }

  /** Starts another jar than the one that was built, and does not wait. */
  static RingbackNode launch(Path jar, Path dataDir, Map<String, String> settings)
      throws IOException {
    PreparedData.into(dataDir);
    return run(jar, dataDir, options(jar, HEAP), settings);
  }

  private static List<String> options(Path jar, String heap) throws IOException {
    return Stream.concat(Stream.of("-Xmx" + heap), QuickStart.options(jar).stream()).toList();
  }

  private static RingbackNode run(
      Path jar, Path dataDir, List<String> options, Map<String, String> settings)
      throws IOException {
    Path output = Files.createTempFile(dataDir, "output", ".log");
    Process process = process(jar, dataDir, options, settings, output).start();
    return new RingbackNode(dataDir, process, output);
  }

  /** A command that has ended, and all that it has written. */
  record Ended(int status, String output) {}

  /** Runs another command of the jar to its end; answers its last line. */
  static String command(Path dataDir, Map<String, String> settings, String... arguments)
      throws IOException, InterruptedException {
    Ended ended = end(dataDir, settings, arguments);
    assertThat(ended.status()).as(ended.output()).isZero();
    return ended.output().lines().toList().getLast();
  }

  /** Runs another command of the jar to its end, also on a folder that is not there. */
  static Ended end(Path dataDir, Map<String, String> settings, String... arguments)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile("ringback-command", ".log");
    try {
      Process process =
          process(JAR, dataDir, options(JAR, HEAP), settings, output, arguments).start();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      return new Ended(process.exitValue(), Files.readString(output));
    } finally {
      Files.delete(output);
    }
  }

  /**
   * What a command that ends has said.
   *
   * @param out on standard output
   * @param errors on standard error
   */
  record Said(int status, String out, String errors) {}

  /** Runs the jar to its end, by any Java. */
  static Said said(Path java, Path dataDir, Map<String, String> settings, String... arguments)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile("said", ".log");
    Path errors = Files.createTempFile("said", ".log");
    ProcessBuilder builder = process(JAR, dataDir, List.of(), settings, output, arguments);
    builder.command().set(0, java.toString());
    Process process = builder.redirectErrorStream(false).redirectError(errors.toFile()).start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    var said = new Said(process.exitValue(), Files.readString(output), Files.readString(errors));
    Files.delete(output);
    Files.delete(errors);
    return said;
  }

  /** Heeds SIGINT, and becomes the command in its arguments. */
  private static final String HEEDING_SIGINT =
      "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL);"
          + " os.execv(sys.argv[1], sys.argv[1:])";

  /**
   * Starts as a shell does in the foreground and waits until it is ready: Ctrl-C reaches it, also
   * where the tests run in the background, whose processes ignore it from their start.
   */
  static RingbackNode startInForeground(Path dataDir, Map<String, String> settings)
      throws Exception {
    PreparedData.into(dataDir);
    Path output = Files.createTempFile(dataDir, "output", ".log");
    ProcessBuilder builder = process(JAR, dataDir, options(JAR, HEAP), settings, output);
    builder.command().addAll(0, List.of("python3", "-c", HEEDING_SIGINT));
    return ready(new RingbackNode(dataDir, builder.start(), output));
  }

  /** Starts by another Java and waits until it is ready. */
  static RingbackNode startBy(Path java, Path dataDir, Map<String, String> settings)
      throws Exception {
    PreparedData.into(dataDir);
    Path output = Files.createTempFile(dataDir, "output", ".log");
    ProcessBuilder builder = process(JAR, dataDir, List.of("-Xmx" + HEAP), settings, output);
    builder.command().set(0, java.toString());
    return ready(new RingbackNode(dataDir, builder.start(), output));
  }

  /** The Java that runs the tests. */
  static Path java() {
    return Path.of(System.getProperty("java.home"), "bin", "java");
  }

  private static ProcessBuilder process(
      Path jar,
      Path dataDir,
      List<String> options,
      Map<String, String> settings,
      Path output,
      String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(java().toString());
    command.addAll(options);
    command.addAll(List.of("-jar", jar.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("RINGBACK_DATA_DIR", dataDir.toString());
    environment.put("RINGBACK_HTTP_PORT", "0");
    environment.put("RINGBACK_GRPC_PORT", "0");
    environment.put("RINGBACK_OPS_PORT", "0");
    environment.put("RINGBACK_API_KEY", KEY);
    environment.put("RINGBACK_ENVOY", "true");
    environment.put("RINGBACK_ENVOY_BIN", Path.of("../.tools/envoy/bin/envoy").toString());
    environment.put("RINGBACK_CALLBACK_ALLOW", "127.0.0.0/8,::1/128");
    environment.putAll(settings);
    builder.environment().keySet().removeIf(name -> name.startsWith("RINGBACK_"));
    builder.environment().putAll(environment);
    return builder.redirectErrorStream(true).redirectOutput(output.toFile());
  }

  private boolean isReady() throws IOException {
    return output().contains("is ready.") && output().contains("API key");
  }

  /** All that it has written so far. */
  String output() throws IOException {
    return Files.readString(output);
  }

  private String find(Pattern pattern) throws IOException {
    Matcher matcher = pattern.matcher(output());
    assertThat(matcher.find()).as(output()).isTrue();
    return matcher.group(1);
  }

  /** Of REST, gRPC and gRPC-Web by Envoy. */
  String base() throws IOException {
    return find(HTTP);
  }

  /** Of the server itself, without Envoy. */
  String grpcUrl() throws IOException {
    return "http://" + find(GRPC);
  }

  String readyUrl() throws IOException {
    return find(HEALTH);
  }

  /** A client of the server itself, without Envoy. */
  StubClient client() throws IOException {
    return client(KEY);
  }

  /** The same, for the project of a key. */
  StubClient client(String key) throws IOException {
    return StubClient.connect(grpcUrl(), key);
  }

  /** Stops it as it is, in the middle of whatever it does (SIGSTOP); its Envoy goes on. */
  void freeze() throws Exception {
    Signals.send("STOP", process.toHandle());
  }

  /** Lets it go on where it stopped. */
  void thaw() throws Exception {
    Signals.send("CONT", process.toHandle());
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** A connection to its embedded database. */
  Connection database() throws SQLException {
    var address = EmbeddedPostgres.running(dataDir).orElseThrow();
    Connection connection =
        DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
    connection.setSchema("ringback");
    return connection;
  }

  /** Brings a job's waiting firing forward, as if its time had come. */
  void makeDue(String id) throws SQLException {
    JobId job = JobId.parse(id).orElseThrow();
    try (Connection database = database();
        var update =
            database.prepareStatement(
                "update queue set due_at = now() where job_id = ? and owner is null")) {
      update.setObject(1, job.value());
      update.executeUpdate();
    }
  }

  /** How another node reaches its embedded database. */
  String databaseUrl() {
    var address = EmbeddedPostgres.running(dataDir).orElseThrow();
    return "postgresql://%s:%s@127.0.0.1:%d/ringback"
        .formatted(address.user(), address.password(), address.port());
  }

  /** As {@code kill -9} does. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Sends SIGTERM and waits for the end. */
  void terminate() throws InterruptedException {
    process.destroy();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("it ends on SIGTERM").isTrue();
  }

  /** As Ctrl-C does. */
  void interrupt() throws Exception {
    Signals.send("INT", process.toHandle());
  }

  /** Sends SIGTERM. */
  void beginTerminate() {
    process.destroy();
  }

  Optional<Integer> awaitExit() throws InterruptedException {
    return process.waitFor(60, TimeUnit.SECONDS)
        ? Optional.of(process.exitValue())
        : Optional.empty();
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }
}
