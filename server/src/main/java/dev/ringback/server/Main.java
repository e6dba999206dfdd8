package dev.ringback.server;

import dev.ringback.server.config.InvalidSettings;
import dev.ringback.server.config.ServerConfig;
import dev.ringback.server.launch.LaunchException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The commands of the jar. */
public final class Main {
  private static final Logger log = LoggerFactory.getLogger(Main.class);
  private static final String USAGE =
      """
      usage: java -jar ringback.jar                             runs a node until SIGTERM or Ctrl-C
             java -jar ringback.jar create-key --project NAME   prints a new API key on its last line
             java -jar ringback.jar list-keys [--project NAME]  prints a line for each key: prefix, project, times
             java -jar ringback.jar revoke-key PREFIX           ends a key, named as list-keys shows it
             java -jar ringback.jar --check-config              tells what is wrong with the settings, or what applies
             java -jar ringback.jar --version
             java -jar ringback.jar --help
      Settings come from RINGBACK_... variables, such as RINGBACK_DATABASE_URL and RINGBACK_DATA_DIR; docs/settings.md
      lists them.\
      """;

  /** How long a stop takes at most, beside the grace for calls in flight. */
  private static final Duration STOP = Duration.ofSeconds(30);

  /** Names the process that a node was launched by, and ends with: see {@code Launcher}. */
  private static final String LAUNCHED_BY = "ringback.launched-by";

  private Main() {}

  /** Runs the command; exits with 2 for wrong use or a wrong setting, with 1 for a failure. */
  public static void main(String[] args) throws InterruptedException {
    try {
      run(args);
    } catch (InvalidSettings e) {
      fail(2, String.join("\n", e.problems()));
    } catch (LaunchException | IllegalArgumentException e) {
      fail(1, String.valueOf(e.getMessage()));
    } catch (IOException | RuntimeException | Error e) {
      log.atError().setCause(e).log("failed");
      fail(1, "Ringback has failed; the reason stands above.");
    }
  }

  private static void run(String[] args) throws InvalidSettings, IOException, InterruptedException {
    Map<String, String> environment = System.getenv();
    switch (String.join(" ", args)) {
      case "" -> serve(config(environment));
      case "--help", "-h", "help" -> System.out.println(USAGE);
      case "--version", "version" -> System.out.println("ringback " + Version.TEXT);
      case "--check-config" -> {
        config(environment);
        ServerConfig.shown(environment, "HOSTNAME-RANDOM").forEach(System.out::println);
      }
      default -> {
        KeyCommands.Command command = KeyCommands.read(args).orElse(null);
        if (command == null) {
          fail(2, USAGE);
        } else {
          System.out.println(command.run(config(environment)));
        }
      }
    }
  }

  /** Reads the settings, and warns of what is none. */
  private static ServerConfig config(Map<String, String> environment) throws InvalidSettings {
    ServerConfig.unknown(environment).forEach(System.err::println);
    return ServerConfig.read(environment, randomNodeId());
  }

  private static void serve(ServerConfig config) throws IOException, InterruptedException {
    Lifeline lifeline = new Lifeline(new FileOutputStream(FileDescriptor.err));
    Thread.setDefaultUncaughtExceptionHandler(lifeline);
    endWithLauncher();
    Stop stop = new Stop(config.callbacks().drainGrace(), System.err);
    stop.listen();
    Server.Started started = Server.start(config, lifeline, System.out::println);
    stop.of(started.server());
    System.out.print(Banner.text(config, started));
    // Whoever supervises the node starts it anew, whole.
    var _ = lifeline.cut().thenAcceptAsync(reason -> end(config.callbacks().drainGrace(), reason));
    new CountDownLatch(1).await();
  }

  /** A node that was launched by another process dies with it, as if that were the node. */
  private static void endWithLauncher() {
    Optional.ofNullable(System.getProperty(LAUNCHED_BY))
        .map(Long::parseLong)
        .ifPresent(pid ->
            ProcessHandle.of(pid)
                .map(ProcessHandle::onExit)
                .orElseGet(() -> CompletableFuture.completedFuture(null))
                .thenRun(() -> Runtime.getRuntime().halt(1)));
  }

  /** Stops with grace, as far as that goes without the part that has ended. */
  private static void end(Duration grace, String reason) {
    CompletableFuture.delayedExecutor(grace.plus(STOP).toMillis(), TimeUnit.MILLISECONDS)
        .execute(() -> Runtime.getRuntime().halt(1));
    fail(1, reason);
  }

  private static String randomNodeId() {
    String part = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
    try {
      // A machine's name may hold characters that a node's name may not.
      return InetAddress.getLocalHost().getHostName().replaceAll("[^!-~]", "") + "-" + part;
    } catch (UnknownHostException e) {
      return "node-" + part;
    }
  }

  private static void fail(int status, String message) {
    System.err.println(message);
    System.exit(status);
  }
}
