package dev.ringback.server.job;

import java.util.Locale;

/** Where a job is in its life, in the words of the API. */
public enum JobStatus {
  PENDING,
  RUNNING,
  COMPLETED,
  FAILED,
  CANCELLED,
  PAUSED;

  /** The word in the API and in the database. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether a job that has it keeps it for good. */
  public boolean isFinal() {
    return this == COMPLETED || this == FAILED || this == CANCELLED;
  }

  public static JobStatus of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
