package dev.ringback.server.job;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** The name of a job, {@code job_…}. */
public record JobId(UUID value) {
  public static Optional<JobId> parse(String text) {
    return TypedId.parse("job", text).map(JobId::new);
  }

  /** The bucket that the job and all that belongs to it live in. */
  public short bucket() {
    return Bucket.of(value);
  }

  /** When the id was made, by the clock of the database as its maker knew it. */
  public Instant madeAt() {
    return Instant.ofEpochMilli(value.getMostSignificantBits() >>> 16);
  }

  @Override
  public String toString() {
    return TypedId.text("job", value);
  }
}
