package dev.ringback.server.api.read;

import dev.ringback.server.job.JobId;
import dev.ringback.server.refusal.NotFound.JobNotFound;

/** The id of the job that a call is about. */
public final class IdField {
  private IdField() {}

  /**
   * The id.
   *
   * @throws JobNotFound when it is none: then there is no such job
   */
  public static JobId job(String text) {
    return JobId.parse(text).orElseThrow(() -> new JobNotFound(text));
  }
}
