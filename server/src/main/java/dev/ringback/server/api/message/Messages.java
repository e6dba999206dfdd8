package dev.ringback.server.api.message;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import dev.ringback.server.job.Callback;
import dev.ringback.server.job.Change;
import dev.ringback.server.job.DurationText;
import dev.ringback.server.job.Event;
import dev.ringback.server.job.RetryPolicy;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.job.SigningSecret;
import dev.ringback.v1.Attempt;
import dev.ringback.v1.Execution;
import dev.ringback.v1.Job;
import dev.ringback.v1.WatchMessage;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/** From our nouns to the API's messages. */
public final class Messages {
  private Messages() {}

  /** A job with all there is to it. */
  public static Job job(dev.ringback.server.job.Job job) {
    return job(job, true);
  }

  /** A job as lists show it: without headers and bodies. */
  public static Job listedJob(dev.ringback.server.job.Job job) {
    return job(job, false);
  }

  /**
   * A job as the answer to a batch shows it, whose caller knows it: without what may be large, so
   * that any batch of them is a message that clients take.
   */
  public static Job createdJob(dev.ringback.server.job.Job job) {
    return listedJob(job).toBuilder().clearUrl().clearLabels().clearLastAttempt().build();
  }

  private static Job job(dev.ringback.server.job.Job job, boolean whole) {
    var spec = job.spec();
    var state = job.state();
    Job.Builder message =
        Job.newBuilder()
            .setId(job.id().toString())
            .setStatus(Job.Status.valueOf(state.status().word()))
            .setUrl(spec.callback().url().text())
            .setMethod(spec.callback().method())
            .setMaxRetries(spec.delivery().retryPolicy().maxRetries())
            .setRetryPolicy(retryPolicy(spec.delivery().retryPolicy()))
            .setAttemptDeadline(DurationText.format(spec.delivery().attemptDeadline()))
            .setAttemptCount(state.attemptCount())
            .putAllLabels(spec.labels())
            .setCreatedAt(timestamp(state.createdAt()))
            .setUpdatedAt(timestamp(state.updatedAt()));
    if (whole) {
      setContent(message, spec.callback());
    }
    if (spec.schedule() instanceof Schedule.Recurring recurring) {
      message.setCron(recurring.cron().text()).setTimeZone("UTC");
    }
    state.scheduledAt().ifPresent(time -> message.setScheduledAt(timestamp(time)));
    state.nextRunAt().ifPresent(time -> message.setNextRunAt(timestamp(time)));
    state.finishedAt().ifPresent(time -> message.setFinishedAt(timestamp(time)));
    state.lastAttempt().ifPresent(attempt -> message.setLastAttempt(attempt(attempt)));
    return message.build();
  }

  private static void setContent(Job.Builder message, Callback callback) {
    message.putAllHeaders(callback.headers());
    Optional<String> text = text(callback.body(), false);
    text.ifPresentOrElse(
        message::setBody, () -> message.setBinaryBody(ByteString.copyFrom(callback.body())));
  }

  private static dev.ringback.v1.RetryPolicy retryPolicy(RetryPolicy policy) {
    return dev.ringback.v1.RetryPolicy.newBuilder()
        .setMinBackoff(DurationText.format(policy.minBackoff()))
        .setMaxBackoff(DurationText.format(policy.maxBackoff()))
        .setMaxRetryDuration(policy.maxDuration().map(DurationText::format).orElse(""))
        .build();
  }

  public static dev.ringback.v1.SigningSecret signingSecret(SigningSecret secret) {
    dev.ringback.v1.SigningSecret.Builder message =
        dev.ringback.v1.SigningSecret.newBuilder()
            .setSecret(secret.text())
            .setCreatedAt(timestamp(secret.createdAt()));
    secret.expiresAt().ifPresent(time -> message.setExpiresAt(timestamp(time)));
    return message.build();
  }

  /** A job as it stood when a watch began. */
  public static WatchMessage snapshot(
      String resumeToken, Instant at, dev.ringback.server.job.Job job) {
    return WatchMessage.newBuilder()
        .setType(WatchMessage.Type.snapshot)
        .setResumeToken(resumeToken)
        .setAt(timestamp(at))
        .setJob(listedJob(job))
        .build();
  }

  public static WatchMessage checkpoint(String resumeToken, Instant at) {
    return WatchMessage.newBuilder()
        .setType(WatchMessage.Type.checkpoint)
        .setResumeToken(resumeToken)
        .setAt(timestamp(at))
        .build();
  }

  /** One of the things that a change tells. */
  public static WatchMessage change(String resumeToken, Change change, Change.Type type) {
    Event event = change.event();
    WatchMessage.Builder message =
        WatchMessage.newBuilder()
            .setType(WatchMessage.Type.valueOf(type.word()))
            .setResumeToken(resumeToken)
            .setAt(timestamp(event.at()))
            .setJob(listedJob(change.job()));
    event.execution().ifPresent(id -> message.setExecutionId(id.toString()));
    change.attempt().ifPresent(attempt -> message.setAttempt(attempt(attempt)));
    return message.build();
  }

  public static Execution execution(dev.ringback.server.job.Execution execution) {
    Execution.Builder message =
        Execution.newBuilder()
            .setId(execution.id().toString())
            .setJobId(execution.jobId().toString())
            .setStatus(Execution.Status.valueOf(execution.status().word()))
            .setScheduledAt(timestamp(execution.scheduledAt()))
            .setAttemptCount(execution.attemptCount());
    execution.nextRunAt().ifPresent(time -> message.setNextRunAt(timestamp(time)));
    execution.finishedAt().ifPresent(time -> message.setFinishedAt(timestamp(time)));
    return message.build();
  }

  public static Attempt attempt(dev.ringback.server.job.Attempt attempt) {
    Attempt.Builder message =
        Attempt.newBuilder()
            .setNumber(attempt.number())
            .setExecutionId(attempt.executionId().toString())
            .setStatus(Attempt.Status.valueOf(attempt.status().word()))
            .setScheduledAt(timestamp(attempt.dueAt()))
            .setStartedAt(timestamp(attempt.startedAt()))
            .setNode(attempt.node());
    attempt.result().ifPresent(result -> setResult(message, result));
    return message.build();
  }

  private static void setResult(
      Attempt.Builder message, dev.ringback.server.job.Attempt.Result result) {
    message
        .setFinishedAt(timestamp(result.finishedAt()))
        .putAllRequestHeaders(result.requestHeaders());
    result.durationMillis().ifPresent(message::setDurationMs);
    result.answer().ifPresent(answer -> setAnswer(message, answer));
    result
        .error()
        .ifPresent(error ->
            message.getErrorBuilder().setClass_(error.errorClass()).setMessage(error.message()));
  }

  private static void setAnswer(
      Attempt.Builder message, dev.ringback.server.job.Attempt.Answer answer) {
    message
        .setStatusCode(answer.statusCode())
        .putAllResponseHeaders(answer.headers())
        .setResponseTruncated(answer.truncated());
    if (answer.body().length > 0) {
      text(answer.body(), answer.truncated())
          .ifPresentOrElse(
              message::setResponseBody,
              () -> message.setBinaryResponseBody(ByteString.copyFrom(answer.body())));
    }
  }

  /**
   * The text that bytes are in UTF-8, if they are.
   *
   * @param cut whether the bytes may end within a character, which is then left out
   */
  private static Optional<String> text(byte[] bytes, boolean cut) {
    // A new decoder reports what is malformed instead of replacing it.
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    CharBuffer text = CharBuffer.allocate(bytes.length);
    CoderResult result = decoder.decode(ByteBuffer.wrap(bytes), text, !cut);
    return result.isError() ? Optional.empty() : Optional.of(text.flip().toString());
  }

  public static Timestamp timestamp(Instant instant) {
    return Timestamp.newBuilder()
        .setSeconds(instant.getEpochSecond())
        .setNanos(instant.getNano())
        .build();
  }
}
