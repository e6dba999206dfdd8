package dev.ringback.client;

import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;

/** Waits for the end of a job by as many calls as it takes. */
final class Awaiting {
  /** How long one call waits. Ringback allows 5 minutes; proxies on the way often less. */
  private static final Duration STEP = Duration.ofSeconds(50);

  private static final Duration FIRST_WAIT = Duration.ofMillis(100);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

  private final BiFunction<String, Duration, Job> call;
  private final Runnable reconnect;
  private final String id;

  /**
   * @param call waits for the job of an id for a time, and then reads it
   * @param reconnect happens before a call that follows a failure
   */
  Awaiting(BiFunction<String, Duration, Job> call, Runnable reconnect, String id) {
    this.call = call;
    this.reconnect = reconnect;
    this.id = id;
  }

  Job await(Duration atMost) {
    long end = System.nanoTime() + nanos(atMost);
    Backoff backoff = new Backoff(FIRST_WAIT, LONGEST_WAIT);
    while (true) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        throw RingbackException.from(
            Status.DEADLINE_EXCEEDED
                .withDescription(id + " has not ended within " + atMost)
                .asRuntimeException());
      }
      try {
        Job job = call.apply(id, Duration.ofNanos(Math.min(left, STEP.toNanos())));
        if (job.status().isFinal()) {
          return job;
        }
        backoff.reset();
      } catch (RingbackException e) {
        if (e.code() != Status.Code.UNAVAILABLE) {
          throw e;
        }
        Backoff.sleep(min(backoff.next(), Duration.ofNanos(Math.max(0, end - System.nanoTime()))));
        reconnect.run();
      }
    }
  }

  /** About 146 years at most. */
  private static long nanos(Duration duration) {
    return TimeUnit.NANOSECONDS.convert(min(duration, Duration.ofNanos(Long.MAX_VALUE / 2)));
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
