package dev.ringback.server.job;

import java.time.Instant;
import java.util.Optional;

/**
 * A call that was made, and what follows: what is to be recorded.
 *
 * @param nextScheduledAt of the next firing, where the claim carries its job's schedule
 */
public record Finish(
    Claim claim, Outcome outcome, Verdict verdict, Optional<Instant> nextScheduledAt) {}
