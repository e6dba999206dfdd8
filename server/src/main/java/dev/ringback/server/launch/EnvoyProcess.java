package dev.ringback.server.launch;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Envoy in front of this node: REST/JSON, gRPC and gRPC-Web on one port.
 *
 * <p>It ends with this process: a {@link Guardian} sees to that when the process is killed, and the
 * next start does when both are. Safe for many threads.
 */
public final class EnvoyProcess implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EnvoyProcess.class);

  private static final Duration START_LIMIT = Duration.ofSeconds(30);
  private static final Duration SERVING_LIMIT = Duration.ofSeconds(5);
  private static final Duration DRAIN_LIMIT = Duration.ofSeconds(1);
  private static final Duration TERMINATE_LIMIT = Duration.ofSeconds(5);
  private static final int MAX_WORKERS = 2;

  /**
   * What the node decides about its Envoy.
   *
   * @param binary where Envoy is; empty: looked for
   * @param bindAddress the IP address to listen on, such as {@code 0.0.0.0}
   * @param httpPort the port to listen on; 0: any free one
   * @param grpc where the node listens for gRPC
   * @param ops where the node tells whether it is ready
   * @param routes which calls routes are for: regular expressions, by their names in the template
   * @param corsOrigins whose pages may call, such as {@code https://app.example}; {@code *}: all
   */
  public record Settings(
      Optional<Path> binary,
      String bindAddress,
      int httpPort,
      InetSocketAddress grpc,
      InetSocketAddress ops,
      Map<String, String> routes,
      List<String> corsOrigins) {
    public Settings {
      routes = Map.copyOf(routes);
      corsOrigins = List.copyOf(corsOrigins);
    }
  }

  private final Process process;
  private final Guardian guardian;
  private final EnvoyRun run;
  private final EnvoyAdmin admin;
  private final int httpPort;
  private final CompletableFuture<Void> died = new CompletableFuture<>();
  private volatile boolean closed;

  private EnvoyProcess(
      Process process, Guardian guardian, EnvoyRun run, EnvoyAdmin admin, int httpPort) {
    this.process = process;
    this.guardian = guardian;
    this.run = run;
    this.admin = admin;
    this.httpPort = httpPort;
  }

  /**
   * Starts Envoy and answers once it takes calls.
   *
   * @throws LaunchException when there is no Envoy, its port is taken, or it ends early
   */
  public static EnvoyProcess start(Settings settings, Path dataDir) {
    Path binary =
        EnvoyBinary.find(settings.binary(), System.getenv().getOrDefault("PATH", ""), Path.of(""));
    Path folder = dataDir.toAbsolutePath().normalize();
    try {
      EnvoyRun run = EnvoyRun.begin(Files.createDirectories(folder).toRealPath().resolve("envoy"));
      try {
        EnvoyConfig.write(settings, run);
        return start(settings, command(binary, run), run, folder.resolve("envoy.log"));
      } catch (IOException | RuntimeException e) {
        run.close();
        throw e;
      }
    } catch (IOException e) {
      throw new LaunchException("Envoy can't be started: " + e.getMessage(), e);
    }
  }

  private static EnvoyProcess start(
      Settings settings, List<String> command, EnvoyRun run, Path logFile) throws IOException {
    long before = Files.exists(logFile) ? Files.size(logFile) : 0;
    Process process =
        Child.of(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile.toFile()))
            .start();
    Guardian guardian = null;
    try {
      String pid = Long.toString(process.pid());
      guardian = Guardian.start(run.folder(), List.of("kill", pid), logFile);
      EnvoyAdmin admin = awaitReady(process, run, settings, logFile, before);
      EnvoyProcess envoy = new EnvoyProcess(process, guardian, run, admin, admin.port("ringback"));
      var _ = process.onExit().thenRun(envoy::ended);
      return envoy;
    } catch (IOException | RuntimeException e) {
      end(process);
      if (guardian != null) {
        guardian.close();
      }
      throw e;
    }
  }

  private static EnvoyAdmin awaitReady(
      Process process, EnvoyRun run, Settings settings, Path logFile, long before)
      throws IOException {
    Deadline deadline = Deadline.in(START_LIMIT);
    EnvoyAdmin admin = new EnvoyAdmin(run.adminSocket());
    while (true) {
      if (admin.ready()) {
        return admin;
      }
      if (!process.isAlive()) {
        throw endedEarly(process, settings, LogTail.after(logFile, before));
      }
      if (!deadline.pause()) {
        throw new LaunchException("Envoy does not get ready:\n" + LogTail.after(logFile, before));
      }
    }
  }

  private static LaunchException endedEarly(Process process, Settings settings, String said) {
    if (said.contains("cannot bind") && said.contains("in use")) {
      return new LaunchException(
          "port %d is in use: set RINGBACK_HTTP_PORT".formatted(settings.httpPort()));
    }
    return new LaunchException(
        "Envoy ended with status %d:\n%s".formatted(process.exitValue(), said));
  }

  private static List<String> command(Path binary, EnvoyRun run) {
    List<String> command = new ArrayList<>();
    // In a session of its own, so that Ctrl-C at the terminal does not reach it and this process
    // can stop things in order. Not every system has setsid.
    if (Files.isExecutable(Path.of("/usr/bin/setsid"))) {
      command.add("/usr/bin/setsid");
    }
    int workers = Math.min(MAX_WORKERS, Runtime.getRuntime().availableProcessors());
    command.addAll(List.of(binary.toString(), "-c", run.config().toString()));
    command.addAll(List.of("--concurrency", Integer.toString(workers), "--log-level", "warn"));
    // Hot restart would tie all Envoys of this machine together.
    command.addAll(List.of("--disable-hot-restart", "--drain-strategy", "immediate"));
    return command;
  }

  /** The port it listens on. */
  public int httpPort() {
    return httpPort;
  }

  /**
   * Waits until Envoy has seen that the node is ready and says so too; not for long, for the node
   * may be ready no more.
   */
  public void awaitServing() {
    Deadline deadline = Deadline.in(SERVING_LIMIT);
    try {
      while (!admin.serving() && deadline.pause()) {}
    } catch (IOException e) {
      log.debug("Envoy does not say whether it serves", e);
    }
  }

  /** Completes when Envoy ends although nobody closed it. */
  public CompletionStage<Void> died() {
    return died.minimalCompletionStage();
  }

  /** Gives running calls a moment to end, then ends Envoy. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    drain();
    end(process);
    try {
      guardian.close();
      run.close();
    } catch (IOException e) {
      throw new LaunchException("can't tidy up after Envoy", e);
    }
  }

  private void drain() {
    try {
      Deadline deadline = Deadline.in(DRAIN_LIMIT);
      if (process.isAlive()) {
        admin.drain();
        while (!admin.idle() && deadline.pause()) {}
      }
    } catch (IOException e) {
      log.debug("Envoy is ended without draining", e);
    }
  }

  private static void end(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(TERMINATE_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private void ended() {
    if (closed) {
      return;
    }
    log.error("Envoy ended by itself with status {}", process.exitValue());
    try {
      // Its process id may soon be another's.
      guardian.close();
    } catch (IOException e) {
      log.warn("the guardian of Envoy can't be let go", e);
    }
    died.complete(null);
  }
}
