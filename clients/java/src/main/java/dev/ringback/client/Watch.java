package dev.ringback.client;

import java.time.Duration;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Tells what happens to jobs, as it happens: each message once and in order, through lost
 * connections and restarts of Ringback. It reconnects and resumes by itself until it is closed or
 * ends; the watch of one job ends after the job's last change.
 *
 * <pre>{@code
 * try (Watch watch = ringback.jobs().watch(job.id())) {
 *   for (WatchMessage message : watch) {
 *     System.out.println(message.type());
 *   }
 * }
 * }</pre>
 *
 * <p>It is walked through once, by one thread; closing is safe from any. Waiting for a message
 * throws {@link RingbackException} where Ringback refuses the watch: there is no such job, say, or
 * the resume token is older than what is kept.
 */
public final class Watch implements Iterable<WatchMessage>, AutoCloseable {
  /**
   * Ringback says something every few seconds: after so long without a word the connection is dead.
   */
  static final Duration SILENCE = Duration.ofSeconds(30);

  private final Way way;
  private final Backoff backoff;
  private final Duration silence;
  private String resumeToken;
  private int failed;
  private boolean heard;
  private volatile boolean withCheckpoints;
  private boolean taken;
  private final CountDownLatch closed = new CountDownLatch(1);
  private @Nullable Connection connection;

  /** How a watch gets to Ringback. */
  interface Way {
    /** Begins after a token. */
    void open(String resumeToken, Connection connection);

    /** The exception of a connection that broke, or was refused. */
    RingbackException failure(Throwable e);

    /** Leaves a connection that says nothing; its exception. */
    RingbackException silent();

    /** Tells that a try failed and is made again. */
    void retry(int attempt, Duration wait, RingbackException error);
  }

  Watch(String resumeToken, Way way, Backoff backoff, Duration silence) {
    this.resumeToken = resumeToken;
    this.way = way;
    this.backoff = backoff;
    this.silence = silence;
  }

  /** Hands out checkpoints too, for those who keep the newest resume token while it is quiet. */
  public Watch withCheckpoints() {
    withCheckpoints = true;
    return this;
  }

  /**
   * The messages, as they come.
   *
   * @throws IllegalStateException the second time
   */
  @Override
  public synchronized Iterator<WatchMessage> iterator() {
    if (taken) {
      throw new IllegalStateException("a watch is walked through once");
    }
    taken = true;
    return new Walk();
  }

  /** The messages as a stream; as {@link #iterator}. */
  public Stream<WatchMessage> stream() {
    return StreamSupport.stream(
        Spliterators.spliteratorUnknownSize(iterator(), Spliterator.ORDERED), false);
  }

  /**
   * Hands the messages to a handler, one after the other, on a virtual thread.
   *
   * @return done when the watch has ended or was closed; failed as {@link #iterator} would, or with
   *     what the handler threw
   */
  public CompletableFuture<Void> start(Consumer<? super WatchMessage> handler) {
    Iterator<WatchMessage> messages = iterator();
    CompletableFuture<Void> done = new CompletableFuture<>();
    Thread.ofVirtual()
        .name("ringback-watch")
        .start(() -> {
          try (this) {
            messages.forEachRemaining(handler);
            done.complete(null);
          } catch (Throwable e) {
            done.completeExceptionally(e);
          }
        });
    return done;
  }

  /** Ends the watch; whoever waits for a message is told that there are no more. */
  @Override
  public synchronized void close() {
    closed.countDown();
    if (connection != null) {
      connection.cancel();
    }
  }

  /** The connection that is open, or a new one; none when the watch was closed. */
  private synchronized @Nullable Connection connected() {
    if (isClosed()) {
      return null;
    }
    if (connection == null) {
      connection = new Connection();
      way.open(resumeToken, connection);
    }
    return connection;
  }

  private synchronized void disconnect() {
    if (connection != null) {
      connection.cancel();
      connection = null;
    }
  }

  private boolean isClosed() {
    return closed.getCount() == 0;
  }

  /** Waits before the next try; closing ends it. */
  private void pause(RingbackException error) {
    Duration wait = backoff.next(error);
    way.retry(++failed, wait, error);
    try {
      var unused = closed.await(wait.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      // The next wait for a message finds out.
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for the next message; null when there are no more. */
  private @Nullable WatchMessage await() {
    while (true) {
      Connection open = connected();
      if (open == null) {
        return null;
      }
      switch (open.take(silence)) {
        case Connection.Told told -> {
          failed = 0;
          heard = true;
          backoff.reset();
          WatchMessage message = Messages.watchMessage(told.message());
          resumeToken = message.resumeToken();
          if (withCheckpoints || message.type() != WatchMessage.Type.CHECKPOINT) {
            return message;
          }
        }
        case Connection.Completed completed -> {
          close();
          return null;
        }
        case Connection.Silent silent -> {
          disconnect();
          pause(way.silent());
        }
        case Connection.Failed failure -> {
          disconnect();
          RingbackException e = way.failure(failure.cause());
          if (isClosed()) {
            return null;
          }
          if (!isResumable(e)) {
            close();
            throw e;
          }
          pause(e);
        }
      }
    }
  }

  /** Whether the connection, or the way there, is to blame, not what was asked for. */
  private boolean isResumable(RingbackException e) {
    return switch (e.code()) {
      case UNAVAILABLE -> true;
      case ABORTED -> e.reason() == Reason.WATCHER_TOO_SLOW;
      // The place of the connection that broke may not be free yet. To begin with, it is an answer.
      case RESOURCE_EXHAUSTED -> heard && e.reason() == Reason.PROJECT_LIMIT;
      // Ringback's own errors have a reason; without one a stream was broken on the way.
      case INTERNAL, UNKNOWN, CANCELLED ->
          e.reasonText().isEmpty() && !Thread.currentThread().isInterrupted();
      default -> false;
    };
  }

  private final class Walk implements Iterator<WatchMessage> {
    private @Nullable WatchMessage next;
    private boolean ended;

    @Override
    public boolean hasNext() {
      if (next == null && !ended) {
        next = await();
        ended = next == null;
      }
      return !ended;
    }

    @Override
    public WatchMessage next() {
      if (!hasNext() || next == null) {
        throw new NoSuchElementException();
      }
      WatchMessage message = next;
      next = null;
      return message;
    }
  }
}
