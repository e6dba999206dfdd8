package dev.ringback.server.job;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Tells whether two creates ask for the same: a byte that says the version, and SHA-256 over what
 * was asked.
 *
 * <p>What a create leaves open is left out. So a repeat stays a repeat when a default has changed
 * meanwhile, and at a node that knows more fields. Each field that was given is {@code
 * name=length:value} and a line break, in the order of the names, which are those of the API;
 * durations are in milliseconds, times in microseconds, names of headers in lower case. None of
 * this may ever change but with the version.
 */
public final class ContentHash {
  private static final byte VERSION = 1;
  private static final int LENGTH = 1 + 32;

  private ContentHash() {}

  public static byte[] of(JobRequest request) {
    MessageDigest digest = sha256();
    fields(request)
        .forEach((name, value) -> {
          digest.update((name + "=" + value.length + ":").getBytes(StandardCharsets.UTF_8));
          digest.update(value);
          digest.update((byte) '\n');
        });
    return ByteBuffer.allocate(LENGTH).put(VERSION).put(digest.digest()).array();
  }

  /**
   * Whether a stored hash may be that of a request. One of another version, or of the time before
   * there were versions, can't be told apart: who repeats a create must not be refused for that.
   */
  public static boolean matches(byte[] stored, byte[] asked) {
    return stored.length != LENGTH || stored[0] != VERSION || Arrays.equals(stored, asked);
  }

  private static Map<String, byte[]> fields(JobRequest request) {
    Map<String, byte[]> fields = new TreeMap<>();
    put(fields, "url", request.url().text());
    request.method().ifPresent(method -> put(fields, "method", method));
    request
        .headers()
        .forEach((name, value) -> put(fields, "headers." + name.toLowerCase(Locale.ROOT), value));
    if (request.body().length > 0) {
      fields.put("body", request.body());
    }
    request.schedule().ifPresent(schedule -> put(fields, schedule));
    JobRequest.Retries retries = request.retries();
    retries.max().ifPresent(max -> put(fields, "max_retries", max.toString()));
    retries.minBackoff().ifPresent(min -> put(fields, "retry_policy.min_backoff", min));
    retries.maxBackoff().ifPresent(max -> put(fields, "retry_policy.max_backoff", max));
    retries.maxDuration().ifPresent(max -> put(fields, "retry_policy.max_retry_duration", max));
    request.attemptDeadline().ifPresent(deadline -> put(fields, "attempt_deadline", deadline));
    request.labels().forEach((key, value) -> put(fields, "labels." + key, value));
    return fields;
  }

  private static void put(Map<String, byte[]> fields, Schedule schedule) {
    switch (schedule) {
      case Schedule.At(Instant scheduledAt) ->
          put(
              fields,
              "scheduled_at",
              Long.toString(ChronoUnit.MICROS.between(Instant.EPOCH, scheduledAt)));
      case Schedule.After after -> put(fields, "delay", after.delay());
      case Schedule.Recurring recurring -> put(fields, "cron", recurring.cron().text());
    }
  }

  private static void put(Map<String, byte[]> fields, String name, Duration duration) {
    put(fields, name, Long.toString(duration.toMillis()));
  }

  private static void put(Map<String, byte[]> fields, String name, String value) {
    fields.put(name, value.getBytes(StandardCharsets.UTF_8));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
