package dev.ringback.server.job;

import java.time.Instant;
import java.util.Optional;

/** Events for tests of what is done with them. */
public final class Happened {
  private Happened() {}

  /** A create, of no special job. */
  public static Event created(long position, int project, JobId job) {
    return new Event(
        position,
        Event.Kind.CREATED,
        Instant.EPOCH,
        project,
        job,
        Optional.empty(),
        new Event.After(1, JobStatus.PENDING, 0, Optional.empty(), Optional.empty()),
        Optional.empty());
  }
}
