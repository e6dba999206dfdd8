package dev.ringback.server.job;

import java.time.Duration;

/**
 * How a job's calls are made and repeated. It goes from the job to the call as one document, and no
 * statement looks into it.
 *
 * @param attemptDeadline how long one attempt may take as a whole
 */
public record Delivery(RetryPolicy retryPolicy, Duration attemptDeadline) {}
