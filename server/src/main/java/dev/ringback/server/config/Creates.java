package dev.ringback.server.config;

import dev.ringback.server.job.JobDefaults;
import java.time.Duration;

/** What holds for a job of which its create says nothing, and how much a create may say. */
public record Creates(
    Duration attemptDeadline,
    Duration retryMinBackoff,
    Duration retryMaxBackoff,
    int maxBodyBytes) {
  static Creates read(Reader reader) {
    var creates =
        new Creates(
            reader.duration("ATTEMPT_DEADLINE", "30s", Duration.ofMinutes(30)),
            reader.duration("RETRY_MIN_BACKOFF", "10s", Duration.ofHours(24)),
            reader.duration("RETRY_MAX_BACKOFF", "1h", Duration.ofHours(24)),
            // A job with its body is one message, and clients of gRPC take no more than 4 MiB.
            reader.number("MAX_BODY_BYTES", "1048576", 0, 3 << 20));
    if (creates.retryMaxBackoff.compareTo(creates.retryMinBackoff) < 0) {
      reader.refuse("RETRY_MAX_BACKOFF", "must not be shorter than RINGBACK_RETRY_MIN_BACKOFF");
    }
    return creates;
  }

  public JobDefaults defaults() {
    return JobDefaults.of(retryMinBackoff, retryMaxBackoff, attemptDeadline);
  }
}
