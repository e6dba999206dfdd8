package dev.ringback.server.engine;

import dev.ringback.server.job.Claim;
import dev.ringback.server.job.Outcome;
import dev.ringback.server.job.Outcome.Answered;
import dev.ringback.server.job.Outcome.Unanswered;
import dev.ringback.server.job.TargetUrl;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Prints a line for each call, for the person at the terminal: at most {@link #LINES} a second, and
 * then how many there were besides.
 *
 * <p>Thread-safe. A thread of its own prints, so that a terminal that takes nothing holds up no
 * call.
 */
public final class CallLines implements CallLog, AutoCloseable {
  static final int LINES = 20;

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final Duration CLOSE = Duration.ofSeconds(1);
  private static final int MAX_TARGET = 100;

  /**
   * What in a path is as long as 128 random bits and more than words may be a secret, as in the
   * addresses of chat services.
   */
  private static final Pattern SECRET =
      Pattern.compile("(?<=/)(?=[^/]*[0-9A-Z])([^/]{4})[^/]{18,}");

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneId.systemDefault());

  private final Consumer<? super String> printer;
  private final InstantSource clock;
  private final BlockingQueue<String> lines = new ArrayBlockingQueue<>(LINES);
  private final AtomicLong unprinted = new AtomicLong();
  private final Thread thread;

  /**
   * Begins to print.
   *
   * @param printer prints one line
   */
  public CallLines(Consumer<? super String> printer, InstantSource clock) {
    this.printer = printer;
    this.clock = clock;
    this.thread = Thread.ofPlatform().name("call-lines").daemon().start(this::print);
  }

  @Override
  public void ended(Claim claim, Outcome outcome) {
    // Most calls of a busy node are only counted: a line is not worth making that has no place.
    if (lines.remainingCapacity() == 0 || !lines.offer(line(claim, outcome))) {
      unprinted.incrementAndGet();
    }
  }

  private String line(Claim claim, Outcome outcome) {
    return "%s  %s %s -> %s in %s  %s attempt %d"
        .formatted(
            TIME.format(clock.instant()),
            claim.callback().method(),
            target(claim.callback().url()),
            answer(outcome),
            text(outcome.duration()),
            claim.jobId(),
            claim.number());
  }

  /** Without the query and the parts of the path that may be secrets. */
  private static String target(TargetUrl url) {
    String path = url.path();
    int query = path.indexOf('?');
    String shown = SECRET.matcher(query < 0 ? path : path.substring(0, query)).replaceAll("$1...");
    String target = (url.secure() ? "https://" : "http://") + url.authority() + shown;
    return target.length() <= MAX_TARGET ? target : target.substring(0, MAX_TARGET) + "...";
  }

  private static String answer(Outcome outcome) {
    return switch (outcome) {
      case Answered answered -> Integer.toString(answered.statusCode());
      case Unanswered unanswered -> unanswered.errorClass().word();
    };
  }

  private static String text(Duration duration) {
    return duration.toMillis() < 10_000 ? duration.toMillis() + " ms" : duration.toSeconds() + " s";
  }

  private void print() {
    try {
      while (true) {
        long until = System.nanoTime() + SECOND;
        printer.accept(lines.take());
        int printed = 1;
        String line;
        while (printed < LINES
            && (line = lines.poll(until - System.nanoTime(), TimeUnit.NANOSECONDS)) != null) {
          printer.accept(line);
          printed++;
        }
        TimeUnit.NANOSECONDS.sleep(until - System.nanoTime());
        long more = unprinted.getAndSet(0);
        if (more > 0) {
          printer.accept("              and %,d more".formatted(more));
        }
      }
    } catch (InterruptedException e) {
      // Closed. What is left is printed on this thread too: any other would wait for the terminal.
      for (String line = lines.poll(); line != null; line = lines.poll()) {
        printer.accept(line);
      }
    }
  }

  /** Prints what is left, unless the terminal takes nothing: then the node stops all the same. */
  @Override
  public void close() throws InterruptedException {
    thread.interrupt();
    var _ = thread.join(CLOSE);
  }
}
