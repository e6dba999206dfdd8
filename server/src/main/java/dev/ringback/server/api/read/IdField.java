package dev.ringback.server.api.read;

import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.job.JobId;
import dev.ringback.server.refusal.NotFound.ExecutionNotFound;
import dev.ringback.server.refusal.NotFound.JobNotFound;

/** The id of what a call is about. */
public final class IdField {
  private IdField() {}

  /**
   * The id of a job.
   *
   * @throws JobNotFound when it is none: then there is no such job
   */
  public static JobId job(String text) {
    return JobId.parse(text).orElseThrow(() -> new JobNotFound(text));
  }

  /**
   * The id of an execution.
   *
   * @throws ExecutionNotFound when it is none: then there is no such execution
   */
  public static ExecutionId execution(String text) {
    return ExecutionId.parse(text).orElseThrow(() -> new ExecutionNotFound(text));
  }
}
