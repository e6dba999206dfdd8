package dev.ringback.server;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells when a part of the node has ended without which the node is of no use, so that none lives
 * on without its claimer, its reader of the feed or its heartbeat.
 *
 * <p>The loops of the node's threads catch what can be expected, and go on. So a thread dies only
 * of something unexpected. A platform thread serves the whole node, which is of no use from then
 * on. A virtual one serves one call, and what it dies of harms no other, unless it is an error of
 * the JVM that the next call would meet too.
 *
 * <p>Thread-safe.
 */
final class Lifeline implements Thread.UncaughtExceptionHandler {
  /** The status with which the JVM itself ends by {@code -XX:+ExitOnOutOfMemoryError}. */
  private static final int OUT_OF_MEMORY = 3;

  private static final Logger log = LoggerFactory.getLogger(Lifeline.class);

  private final OutputStream terminal;

  /** Made while there is memory. */
  private final byte[] lastWords =
      "The memory is gone: the node ends at once.\n".getBytes(StandardCharsets.UTF_8);

  private final CompletableFuture<String> cut = new CompletableFuture<>();

  /**
   * @param terminal where to say that the memory is gone, without needing any
   */
  Lifeline(OutputStream terminal) {
    this.terminal = terminal;
  }

  /** Completes when the node must end, with a sentence for the operator. */
  CompletionStage<String> cut() {
    return cut;
  }

  boolean isCut() {
    return cut.isDone();
  }

  /** Says that the node must end, since a part of it has. */
  void cut(String part) {
    cut.complete(part + " has ended: the node stops.");
  }

  @Override
  public void uncaughtException(Thread thread, Throwable cause) {
    if (cause instanceof OutOfMemoryError) {
      end(thread, cause);
    }
    log.atError().setCause(cause).log("the thread {} died", name(thread));
    // A stack that overflows is as deep as one call made it.
    boolean ofOneCall =
        thread.isVirtual() && (!(cause instanceof Error) || cause instanceof StackOverflowError);
    if (!ofOneCall) {
      cut("the thread " + name(thread));
    }
  }

  /**
   * Ends the process at once: what was being done when the memory was gone is half done, and a
   * graceful stop would need memory. So would a line of the log, which may fail.
   */
  private void end(Thread thread, Throwable cause) {
    try {
      terminal.write(lastWords);
      log.atError().log("the thread {} died of {}", name(thread), cause);
    } catch (IOException e) {
      // There is nobody left to tell.
    } finally {
      Runtime.getRuntime().halt(OUT_OF_MEMORY);
    }
  }

  private static String name(Thread thread) {
    return thread.getName().isEmpty() ? "of a call" : thread.getName();
  }
}
