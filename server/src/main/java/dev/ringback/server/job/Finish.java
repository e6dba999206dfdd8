package dev.ringback.server.job;

import java.time.Instant;
import java.util.Optional;

/**
 * A call that was made, and what follows: what is to be recorded.
 *
 * @param nextFiring of a recurring job whose schedule the claim carries
 */
public record Finish(Claim claim, Outcome outcome, Verdict verdict, Optional<Instant> nextFiring) {}
