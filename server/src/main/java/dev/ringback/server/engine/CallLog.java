package dev.ringback.server.engine;

import dev.ringback.server.job.Claim;
import dev.ringback.server.job.Outcome;

/** Is told of each call when it has ended. */
@FunctionalInterface
public interface CallLog {
  /** Takes no note. */
  CallLog NONE = (claim, outcome) -> {};

  /** Takes note of a call, without making its thread wait. */
  void ended(Claim claim, Outcome outcome);
}
