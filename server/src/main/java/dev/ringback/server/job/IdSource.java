package dev.ringback.server.job;

import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/**
 * Makes ids: UUIDs of version 7 (RFC 9562) that rise with each call, with the bucket in the last 10
 * bits.
 *
 * <p>Thread-safe. The 12 bits behind the milliseconds count within a millisecond (RFC 9562, 6.2,
 * method 1) and run over into the next one, so that one node's ids are in the order they were made.
 */
public final class IdSource {
  private static final int COUNTER_BITS = 12;

  /** How long creates share a bucket. */
  private static final int BUCKET_MILLIS = 100;

  private final InstantSource clock;
  private final RandomGenerator random;

  /** Milliseconds and counter of the id made last. */
  private final AtomicLong last = new AtomicLong();

  private long bucketMoment = -1;
  private short bucket;

  public IdSource(InstantSource clock, RandomGenerator random) {
    this.clock = clock;
    this.random = random;
  }

  public JobId job(short bucket) {
    return new JobId(next(bucket));
  }

  /** A new execution of a job, in the job's bucket. */
  public ExecutionId execution(short bucket) {
    return new ExecutionId(next(bucket));
  }

  /**
   * A bucket for what has no key to choose one by. It stays the same for a moment, so that what is
   * created together lies together: in a few pages of each index instead of a thousand.
   */
  public synchronized short anyBucket() {
    long moment = clock.millis() / BUCKET_MILLIS;
    if (moment != bucketMoment) {
      bucketMoment = moment;
      bucket = (short) random.nextInt(Bucket.COUNT);
    }
    return bucket;
  }

  private UUID next(short bucket) {
    long now = clock.millis() << COUNTER_BITS;
    long tick = last.updateAndGet(previous -> Math.max(previous + 1, now));
    long millis = tick >>> COUNTER_BITS;
    long counter = tick & ((1 << COUNTER_BITS) - 1);
    long high = (millis << 16) | 0x7000 | counter;
    long low = 0x8000_0000_0000_0000L | ((random.nextLong() >>> 2) & -Bucket.COUNT) | bucket;
    return new UUID(high, low);
  }
}
