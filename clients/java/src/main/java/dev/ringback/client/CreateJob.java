package dev.ringback.client;

import com.google.protobuf.ByteString;
import dev.ringback.v1.CreateJobRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * What to call, with what, and when. When: {@link #scheduledAt}, {@link #delay} or {@link #cron},
 * at most one of them; with none, now.
 *
 * <p>Never changes: each method answers a new one. Limits are checked by Ringback, which tells all
 * violations at once.
 */
public final class CreateJob {
  private final CreateJobRequest message;

  private CreateJob(CreateJobRequest message) {
    this.message = message;
  }

  /** Calls a URL: absolute, {@code http} or {@code https}. */
  public static CreateJob to(String url) {
    return new CreateJob(CreateJobRequest.newBuilder().setUrl(url).build());
  }

  private CreateJob with(Consumer<CreateJobRequest.Builder> change) {
    CreateJobRequest.Builder builder = message.toBuilder();
    change.accept(builder);
    return new CreateJob(builder.build());
  }

  /** By an HTTP method: GET, HEAD, POST (the default), PUT, PATCH, DELETE or OPTIONS. */
  public CreateJob method(String method) {
    return with(job -> job.setMethod(method));
  }

  /** With a header. At most 100 of them, 32 KiB in all. */
  public CreateJob header(String name, String value) {
    return with(job -> job.putHeaders(name, value));
  }

  /** With these headers too. */
  public CreateJob headers(Map<String, String> headers) {
    return with(job -> job.putAllHeaders(headers));
  }

  /** With a text for a body, in UTF-8. At most 1 MiB. */
  public CreateJob body(String text) {
    return with(job -> job.setBody(text).clearBinaryBody());
  }

  /** With a body of any bytes. At most 1 MiB. */
  public CreateJob body(byte[] bytes) {
    return with(job -> job.clearBody().setBinaryBody(ByteString.copyFrom(bytes)));
  }

  /** With a text in JSON for a body, and its content type. */
  public CreateJob json(String json) {
    return body(json).header("Content-Type", "application/json");
  }

  /** At a time, at most 10 years ahead; one in the past means now. */
  public CreateJob scheduledAt(Instant time) {
    return with(job -> job.setScheduledAt(time.toString()));
  }

  /** After a wait of at most 10 years. */
  public CreateJob delay(Duration delay) {
    return with(job -> job.setDelay(Durations.text("delay", delay)));
  }

  /** Again and again, by five cron fields in UTC such as {@code 0 9 * * 1-5}, or {@code @daily}. */
  public CreateJob cron(String cron) {
    return with(job -> job.setCron(cron));
  }

  /** The time zone that the cron is read in. Only UTC, the default, for now. */
  public CreateJob timeZone(String timeZone) {
    return with(job -> job.setTimeZone(timeZone));
  }

  /** How many times a failed attempt is repeated, from 0 to 1,000. Default 3: up to 4 attempts. */
  public CreateJob maxRetries(int maxRetries) {
    return with(job -> job.setMaxRetries(maxRetries));
  }

  /** How the retries are spaced. Default from 10 seconds to 1 hour. */
  public CreateJob retryPolicy(RetryPolicy retryPolicy) {
    return with(job -> job.setRetryPolicy(retryPolicy.message()));
  }

  /** How long one attempt may take, from 1 second to 30 minutes. Default 30 seconds. */
  public CreateJob attemptDeadline(Duration deadline) {
    return with(job -> job.setAttemptDeadline(Durations.text("attemptDeadline", deadline)));
  }

  /** A word of one's own to filter lists and watches by. At most 32 of them. */
  public CreateJob label(String key, String value) {
    return with(job -> job.putLabels(key, value));
  }

  /** These labels too. */
  public CreateJob labels(Map<String, String> labels) {
    return with(job -> job.putAllLabels(labels));
  }

  /**
   * For 24 hours the same key with the same content answers the job that was created first, in
   * whichever process it is used. By default a random key for each call.
   */
  public CreateJob idempotencyKey(String key) {
    return with(job -> job.setIdempotencyKey(key));
  }

  /**
   * Answers only when the job has ended, or after this time, at most 5 minutes: then with the job
   * as it stands. Not in batches. See also {@link Jobs#await}, which waits as long as one likes.
   */
  public CreateJob waitAtMost(Duration wait) {
    return with(job -> job.setWait(Durations.text("wait", wait)));
  }

  Duration longestWait() {
    return Durations.parse(message.getWait());
  }

  /** With an idempotency key in any case, so that it can be repeated. */
  CreateJobRequest message() {
    return message.getIdempotencyKey().isEmpty()
        ? message.toBuilder().setIdempotencyKey(newKey()).build()
        : message;
  }

  static String newKey() {
    return UUID.randomUUID().toString();
  }
}
