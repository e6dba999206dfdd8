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
      usage: java -jar ringback.jar                             runs a node until SIGTERM
             java -jar ringback.jar create-key --project NAME   prints a new API key on its last line
             java -jar ringback.jar list-keys [--project NAME]  prints a line for each key: prefix, project, times
             java -jar ringback.jar revoke-key PREFIX           ends a key, named as list-keys shows it
      Settings come from RINGBACK_… variables; see docs/settings.md.\
      """;

  /** How long a stop takes at most, beside the grace for calls in flight. */
  private static final Duration STOP = Duration.ofSeconds(30);

  private Main() {}

  /** Runs the command; exits with 2 for wrong use or a wrong setting, with 1 for a failure. */
  public static void main(String[] args) throws InterruptedException {
    try {
      ServerConfig config = ServerConfig.read(System.getenv(), randomNodeId());
      if (args.length == 0) {
        serve(config);
      } else {
        KeyCommands.read(args)
            .ifPresentOrElse(
                command -> System.out.println(command.run(config)), () -> fail(2, USAGE));
      }
    } catch (InvalidSettings e) {
      fail(2, String.join("\n", e.problems()));
    } catch (LaunchException | IllegalArgumentException e) {
      fail(1, String.valueOf(e.getMessage()));
    } catch (IOException | RuntimeException | Error e) {
      log.atError().setCause(e).log("could not start");
      fail(1, "Ringback could not start; the reason stands above.");
    }
  }

  private static void serve(ServerConfig config) throws IOException, InterruptedException {
    Lifeline lifeline = new Lifeline(new FileOutputStream(FileDescriptor.err));
    Thread.setDefaultUncaughtExceptionHandler(lifeline);
    Server.Started started = Server.start(config, lifeline);
    var stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("stop")
                .unstarted(() -> {
                  started.server().close();
                  stopped.countDown();
                }));
    System.out.print(Banner.text(config, started));
    // Whoever supervises the node starts it anew, whole.
    var _ = lifeline.cut().thenAcceptAsync(reason -> end(config.callbacks().drainGrace(), reason));
    stopped.await();
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
