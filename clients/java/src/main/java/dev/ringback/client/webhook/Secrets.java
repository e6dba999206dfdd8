package dev.ringback.client.webhook;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The secrets that a verifier has now, and when they are refreshed: nothing happens but by
 * verifications, so that no thread is left behind.
 *
 * <p>Thread-safe.
 */
final class Secrets {
  /** How long a verification waits for a refresh, and how seldom one starts one. */
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

  private static final Duration PAUSE = Duration.ofSeconds(10);

  private volatile Kept kept;
  private @Nullable Running running;
  private Instant lastBegun = Instant.MIN;
  private Instant lastForMismatch = Instant.MIN;

  /** Signers as they were at a time. */
  record Kept(List<Signer> signers, Instant since) {}

  /** A refresh, and until when it is waited for. */
  private record Running(CompletableFuture<Void> done, long endNanos) {}

  Secrets(List<Signer> signers, Instant now) {
    this.kept = new Kept(signers, now);
  }

  /**
   * @throws IllegalArgumentException when there is none, or one is not valid
   */
  static List<Signer> signers(List<String> secrets) {
    if (secrets.isEmpty()) {
      throw new IllegalArgumentException("a signing secret is needed");
    }
    return secrets.stream().map(Signer::of).toList();
  }

  void replace(List<Signer> signers, Instant now) {
    kept = new Kept(signers, now);
  }

  /** What there is; when that is old, a refresh begins and is not waited for. */
  Kept now(Refresh source, Instant now) {
    Kept current = kept;
    if (isPast(current.since(), source.after(), now)) {
      synchronized (this) {
        if (running == null && isPast(lastBegun, PAUSE, now)) {
          begin(source, now);
        }
      }
    }
    return current;
  }

  Kept now() {
    return kept;
  }

  /**
   * What came after secrets by which a signature was wrong: waits for a refresh, which forged
   * callbacks can't have more often than each {@link #PAUSE}. The same when nothing came.
   */
  Kept after(Kept used, Refresh source, Instant now) {
    Running refresh;
    synchronized (this) {
      if (kept != used) {
        return kept;
      }
      if (running == null && isPast(lastForMismatch, PAUSE, now)) {
        lastForMismatch = now;
        begin(source, now);
      }
      refresh = running;
    }
    try {
      if (refresh != null) {
        refresh.done().get(refresh.endNanos() - System.nanoTime(), TimeUnit.NANOSECONDS);
      }
    } catch (TimeoutException | ExecutionException e) {
      // What there is has to do.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return kept;
  }

  /** On a thread that keeps no process alive. */
  private void begin(Refresh source, Instant now) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    running = new Running(done, System.nanoTime() + LONGEST_WAIT.toNanos());
    lastBegun = now;
    Thread.ofVirtual()
        .name("ringback-secrets")
        .start(() -> {
          @Nullable Exception failure = null;
          try {
            replace(signers(source.secrets().get()), now);
          } catch (Exception e) {
            failure = e;
          } finally {
            synchronized (this) {
              running = null;
            }
            done.complete(null);
          }
          if (failure != null) {
            source.tell(failure);
          }
        });
  }

  /** Also where a clock was set back. */
  private static boolean isPast(Instant since, Duration time, Instant now) {
    return since == Instant.MIN || Duration.between(since, now).abs().compareTo(time) >= 0;
  }
}
