package dev.ringback.server;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import sun.misc.Signal;

/**
 * How a node is told to stop: by SIGTERM, or by Ctrl-C, which says what it waits for and, given
 * again, waits no longer.
 *
 * <p>Thread-safe.
 */
final class Stop {
  /** The status of what SIGINT has ended. */
  private static final int INTERRUPTED = 130;

  private final Duration grace;
  private final PrintStream terminal;
  private final AtomicBoolean begun = new AtomicBoolean();
  private volatile @Nullable Server server;

  Stop(Duration grace, PrintStream terminal) {
    this.grace = grace;
    this.terminal = terminal;
  }

  /** Listens to the signals, and stops the server however the process comes to end. */
  void listen() {
    Runtime.getRuntime().addShutdownHook(new Thread(this::closeServer, "stop"));
    try {
      Signal.handle(new Signal("INT"), _ -> interrupted());
      Signal.handle(new Signal("TERM"), _ -> begin(""));
    } catch (IllegalArgumentException e) {
      // The JVM was told to leave signals alone (-Xrs): they end it as they end any program.
    }
  }

  /** There is a server to stop from now on. */
  void of(Server started) {
    server = started;
  }

  private void interrupted() {
    if (!begin("; again to stop now")) {
      say("Stopped at once: calls in flight count as lost, and are made again.");
      Runtime.getRuntime().halt(INTERRUPTED);
    }
  }

  /** Begins to stop; false if that has begun already. */
  private boolean begin(String hint) {
    if (!begun.compareAndSet(false, true)) {
      return false;
    }
    int calls = Optional.ofNullable(server).map(Server::callsInFlight).orElse(0);
    say(calls == 0 ? "Stopping" + hint + "." : waiting(calls) + hint + ".");
    // Not on the thread that takes signals, which takes the next one.
    new Thread(() -> System.exit(0), "exit").start();
    return true;
  }

  private String waiting(int calls) {
    return "Stopping: %,d %s in flight, up to %d s"
        .formatted(calls, calls == 1 ? "call" : "calls", Math.max(1, grace.toSeconds()));
  }

  private void closeServer() {
    Server running = server;
    if (running != null) {
      running.close();
    }
  }

  /** On a line of its own: a terminal shows Ctrl-C as ^C. */
  private void say(String words) {
    terminal.println();
    terminal.println(words);
  }
}
