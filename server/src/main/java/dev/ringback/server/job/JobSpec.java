package dev.ringback.server.job;

import java.util.Map;

/**
 * What a job does, defaults filled in: what to call, when, and how. What its caller said of it is a
 * {@link JobRequest}.
 */
public record JobSpec(
    Callback callback, Schedule schedule, Delivery delivery, Map<String, String> labels) {
  /** What a job takes beside its texts, and each entry of a map. */
  private static final int JOB = 512;

  private static final int ENTRY = 96;

  public JobSpec {
    labels = Map.copyOf(labels);
  }

  /** About how many bytes it takes in memory. */
  public long bytes() {
    return JOB
        + 2L * callback.url().text().length()
        + bytes(callback.headers())
        + callback.body().length
        + bytes(labels);
  }

  private static long bytes(Map<String, String> map) {
    long bytes = 0;
    for (var entry : map.entrySet()) {
      bytes += ENTRY + 2L * (entry.getKey().length() + entry.getValue().length());
    }
    return bytes;
  }
}
