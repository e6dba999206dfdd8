package dev.ringback.client;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * A job: which URL to call, with what, and when.
 *
 * @param id {@code job_} and 26 characters; sorts by time of creation
 * @param status where the job is in its life
 * @param url what is called
 * @param method the HTTP method of the call
 * @param headers of the call; left out of lists, batches and watches
 * @param body of the call; left out as the headers are
 * @param scheduledAt when a job that fires once is due; empty for a recurring one
 * @param cron the cron expression of a recurring job; empty for others
 * @param timeZone that the cron is read in
 * @param nextRunAt when the next call is due, a firing or a retry; empty while none waits
 * @param maxRetries how many times a failed attempt is repeated
 * @param retryPolicy how the retries are spaced
 * @param attemptDeadline how long one attempt may take
 * @param attemptCount how many attempts were begun, over all executions
 * @param lastAttempt the newest attempt; in lists without headers and response body
 * @param labels the owner's own words, to filter by
 * @param createdAt when it was created
 * @param updatedAt when it last changed: created, ended, cancelled, or a firing of it ended
 * @param finishedAt when it completed, failed or was cancelled; empty until then
 */
public record Job(
    String id,
    Status status,
    String url,
    String method,
    Map<String, String> headers,
    Body body,
    Optional<Instant> scheduledAt,
    Optional<String> cron,
    Optional<String> timeZone,
    Optional<Instant> nextRunAt,
    int maxRetries,
    RetryPolicy retryPolicy,
    Duration attemptDeadline,
    int attemptCount,
    Optional<Attempt> lastAttempt,
    Map<String, String> labels,
    Instant createdAt,
    Instant updatedAt,
    Optional<Instant> finishedAt) {
  /** Where a job is in its life. */
  public enum Status {
    /** Waits for its time, for its next retry or for its next firing. */
    PENDING,
    /** A call is being made. */
    RUNNING,
    /** Was answered with a 2xx status. Final. */
    COMPLETED,
    /** Was given up after its last retry. Final. */
    FAILED,
    /** Was cancelled by its owner. Final. */
    CANCELLED,
    /** Is held back by its owner. */
    PAUSED,
    /** A status that this client does not know; a newer client may. */
    UNKNOWN;

    /** Whether nothing more happens to the job. */
    public boolean isFinal() {
      return this == COMPLETED || this == FAILED || this == CANCELLED;
    }
  }
}
