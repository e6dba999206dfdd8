package dev.ringback.server.job;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.TreeMap;

/**
 * Tells whether two creates ask for the same: SHA-256 over all that was asked for, each part with
 * its length before it, maps in the order of their keys.
 */
public final class ContentHash {
  private ContentHash() {}

  public static byte[] of(JobSpec spec) {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      Callback callback = spec.callback();
      write(out, callback.url().text());
      write(out, callback.method());
      write(out, callback.headers());
      out.writeInt(callback.body().length);
      out.write(callback.body());
      switch (spec.schedule()) {
        case Schedule.At at -> write(out, "at " + at.time());
        case Schedule.After after -> write(out, "after " + after.delay());
        case Schedule.Recurring recurring -> write(out, "cron " + recurring.cron());
      }
      write(out, spec.retryPolicy().toString());
      write(out, spec.attemptDeadline().toString());
      write(out, spec.labels());
      return MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static void write(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static void write(DataOutputStream out, Map<String, String> map) throws IOException {
    out.writeInt(map.size());
    for (var entry : new TreeMap<>(map).entrySet()) {
      write(out, entry.getKey());
      write(out, entry.getValue());
    }
  }
}
