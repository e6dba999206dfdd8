package dev.ringback.server.job;

import java.time.Instant;
import java.util.Optional;

/**
 * What of a job stays as it is, whatever happens to it.
 *
 * @param spec without headers and body where they are not needed
 * @param scheduledAt when a job that fires once is due
 */
public record JobFacts(JobId id, JobSpec spec, Optional<Instant> scheduledAt, Instant createdAt) {}
