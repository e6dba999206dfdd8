package dev.ringback.server.refusal;

import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.job.SigningSecret;
import java.time.Instant;

/** What is there already stands against the call. */
public abstract sealed class Conflict extends Refusal {
  private Conflict(String words) {
    super(words);
  }

  /** The idempotency key stands for another job. */
  public static final class IdempotencyKeyReused extends Conflict {
    private final JobId job;

    public IdempotencyKeyReused(JobId job) {
      super("the idempotency key was used with other content, for " + job);
      this.job = job;
    }

    public JobId job() {
      return job;
    }
  }

  /** The job has ended in another way. */
  public static final class JobEnded extends Conflict {
    private final JobId job;
    private final JobStatus status;

    public JobEnded(JobId job, JobStatus status) {
      super(job + " has " + status.word() + " and can't be cancelled any more");
      this.job = job;
      this.status = status;
    }

    public JobId job() {
      return job;
    }

    public JobStatus status() {
      return status;
    }
  }

  /** The project has as many signing secrets as may sign at a time. */
  public static final class TooManySigningSecrets extends Conflict {
    private final Instant nextExpiry;

    /**
     * Takes note of what can be waited for.
     *
     * @param nextExpiry when the next of them expires
     */
    public TooManySigningSecrets(Instant nextExpiry) {
      super(
          "%d signing secrets are in use; the next expires at %s, and an overlap of 0s ends all at once"
              .formatted(SigningSecret.MOST, nextExpiry));
      this.nextExpiry = nextExpiry;
    }

    public Instant nextExpiry() {
      return nextExpiry;
    }
  }
}
