package dev.ringback.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/** Converts the messages of the wire into our nouns. */
final class Messages {
  private Messages() {}

  static Job job(dev.ringback.v1.Job m) {
    return new Job(
        m.getId(),
        Words.read(Job.Status.class, m.getStatus()),
        m.getUrl(),
        m.getMethod(),
        m.getHeadersMap(),
        body(m.getBody(), m.getBinaryBody()),
        time(m.hasScheduledAt(), m.getScheduledAt()),
        text(m.hasCron(), m.getCron()),
        text(m.hasTimeZone(), m.getTimeZone()),
        time(m.hasNextRunAt(), m.getNextRunAt()),
        m.getMaxRetries(),
        retryPolicy(m.getRetryPolicy()),
        Durations.parse(m.getAttemptDeadline()),
        m.getAttemptCount(),
        m.hasLastAttempt() ? Optional.of(attempt(m.getLastAttempt())) : Optional.empty(),
        m.getLabelsMap(),
        time(m.getCreatedAt()),
        time(m.getUpdatedAt()),
        time(m.hasFinishedAt(), m.getFinishedAt()));
  }

  private static RetryPolicy retryPolicy(dev.ringback.v1.RetryPolicy m) {
    return new RetryPolicy(
        Durations.parse(m.getMinBackoff()),
        Durations.parse(m.getMaxBackoff()),
        text(!m.getMaxRetryDuration().isEmpty(), m.getMaxRetryDuration()).map(Durations::parse));
  }

  static Execution execution(dev.ringback.v1.Execution m) {
    return new Execution(
        m.getId(),
        m.getJobId(),
        Words.read(Execution.Status.class, m.getStatus()),
        time(m.getScheduledAt()),
        time(m.hasNextRunAt(), m.getNextRunAt()),
        time(m.hasFinishedAt(), m.getFinishedAt()),
        m.getAttemptCount());
  }

  static Attempt attempt(dev.ringback.v1.Attempt m) {
    return new Attempt(
        m.getNumber(),
        m.getExecutionId(),
        Words.read(Attempt.Status.class, m.getStatus()),
        time(m.getScheduledAt()),
        time(m.getStartedAt()),
        time(m.hasFinishedAt(), m.getFinishedAt()),
        m.hasDurationMs() ? Optional.of(Duration.ofMillis(m.getDurationMs())) : Optional.empty(),
        m.hasStatusCode() ? OptionalInt.of(m.getStatusCode()) : OptionalInt.empty(),
        m.getRequestHeadersMap(),
        m.getResponseHeadersMap(),
        body(m.getResponseBody(), m.getBinaryResponseBody()),
        m.getResponseTruncated(),
        m.hasError()
            ? Optional.of(
                new Attempt.CallError(m.getError().getClass_(), m.getError().getMessage()))
            : Optional.empty(),
        m.getNode());
  }

  static WatchMessage watchMessage(dev.ringback.v1.WatchMessage m) {
    return new WatchMessage(
        Words.read(WatchMessage.Type.class, m.getType()),
        m.getResumeToken(),
        time(m.getAt()),
        m.hasJob() ? Optional.of(job(m.getJob())) : Optional.empty(),
        text(m.hasExecutionId(), m.getExecutionId()),
        m.hasAttempt() ? Optional.of(attempt(m.getAttempt())) : Optional.empty());
  }

  static SigningSecret signingSecret(dev.ringback.v1.SigningSecret m) {
    return new SigningSecret(
        m.getSecret(), time(m.getCreatedAt()), time(m.hasExpiresAt(), m.getExpiresAt()));
  }

  /** Of the two fields one is set, or none. */
  private static Body body(String text, ByteString bytes) {
    return text.isEmpty() ? Body.of(bytes.toByteArray()) : Body.of(text);
  }

  private static Optional<String> text(boolean present, String text) {
    return present ? Optional.of(text) : Optional.empty();
  }

  private static Optional<Instant> time(boolean present, Timestamp time) {
    return present ? Optional.of(time(time)) : Optional.empty();
  }

  private static Instant time(Timestamp time) {
    return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
  }
}
