package dev.ringback.server.job;

import java.time.Instant;
import java.util.Optional;

/**
 * An attempt that a node has opened and must now make: the right to one call, and what to call.
 *
 * @param owner the node that owns it, see {@code Nodes}
 * @param node its name
 * @param lane whose slot the call takes
 * @param number of the attempt in its execution, from 1
 * @param lost how many attempts before it were lost; they do not count as retries
 * @param scheduledAt when the firing was due
 * @param dueAt when this attempt was due
 * @param startedAt when the attempt was begun
 * @param cron of the row that carries a recurring job's schedule: whoever records this attempt must
 *     also plan the next firing
 * @param largeBody how many bytes the body has, when it was left in the database to be loaded just
 *     before the call; 0 when it is in the callback
 */
public record Claim(
    int owner,
    String node,
    Lane lane,
    JobId jobId,
    ExecutionId executionId,
    int number,
    int lost,
    Instant scheduledAt,
    Instant dueAt,
    Instant startedAt,
    Optional<CronExpression> cron,
    Callback callback,
    int largeBody,
    Delivery delivery) {
  /** How many retries were used up, this attempt included. */
  public int retries() {
    return number - 1 - lost;
  }
}
