package dev.ringback.server.engine;

import dev.ringback.server.job.Finish;
import dev.ringback.server.job.Outcome;
import dev.ringback.server.job.Verdict;
import dev.ringback.server.store.db.Batcher;
import dev.ringback.server.store.db.Signal;
import dev.ringback.server.store.db.Unavailable;
import dev.ringback.server.store.db.Wakeups;
import dev.ringback.server.store.job.Finishes;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records finished calls in batches.
 *
 * <p>While the database is away it tries again and again: a result is worth keeping for as long as
 * this node lives. If the node is declared dead meanwhile, the rows are no longer its own and
 * nothing is overwritten.
 *
 * <p>Thread-safe.
 */
final class Recorder implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Recorder.class);

  // One writer, as for creates: two make smaller batches.
  private static final Batcher.Limits LIMITS = new Batcher.Limits(4_096, 500, 8 << 20, 1);

  /** What a result takes beside its body, about. */
  private static final int ROW_BYTES = 512;

  private static final Duration PAUSE = Duration.ofMillis(250);

  private final Finishes finishes;
  private final Signal signal;
  private final Batcher<Finish, Boolean> batcher;
  private volatile boolean giveUp;

  Recorder(Finishes finishes, Signal signal) {
    this.finishes = finishes;
    this.signal = signal;
    this.batcher = new Batcher<>("record", LIMITS, Recorder::bytes, this::write);
  }

  private static int bytes(Finish finish) {
    return ROW_BYTES
        + (finish.outcome() instanceof Outcome.Answered answer ? answer.body().length : 0);
  }

  /** Hands over a finish; the answer comes once it is durable. */
  CompletableFuture<Boolean> record(Finish finish) throws InterruptedException {
    return batcher.put(finish);
  }

  private List<Boolean> write(List<Finish> batch) {
    while (true) {
      try {
        int owned = finishes.finish(batch);
        if (owned < batch.size()) {
          log.atWarn()
              .addKeyValue("results", batch.size() - owned)
              .log("results came too late: their executions are no longer this node's");
        }
        if (batch.stream().anyMatch(Recorder::mayBeDueSoon)) {
          signal.ring();
        }
        return Collections.nCopies(batch.size(), true);
      } catch (Unavailable e) {
        if (giveUp) {
          throw e;
        }
        pause();
      }
    }
  }

  private static boolean mayBeDueSoon(Finish finish) {
    return finish.nextScheduledAt().isPresent()
        || (finish.verdict() instanceof Verdict.Retry(Duration backoff)
            && backoff.compareTo(Wakeups.HORIZON) <= 0);
  }

  private void pause() {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException e) {
      giveUp = true;
    }
  }

  /** Writes what waits, trying once where the database is away, then ends. */
  @Override
  public void close() throws InterruptedException {
    giveUp = true;
    batcher.close();
  }
}
