package dev.ringback.server.store.job;

import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobId;

/** What became of a create. */
public sealed interface Created {
  /** A new job, durable. */
  record New(Job job) implements Created {}

  /** The idempotency key stands for this job, of the same content. */
  record Before(JobId job) implements Created {}

  /** The idempotency key stands for this job, of other content. */
  record KeyReused(JobId job) implements Created {}
}
