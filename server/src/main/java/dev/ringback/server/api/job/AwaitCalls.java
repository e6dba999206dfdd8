package dev.ringback.server.api.job;

import dev.ringback.server.api.call.CallContext;
import dev.ringback.server.api.call.LongCall;
import dev.ringback.server.api.call.Reads;
import dev.ringback.server.api.message.Messages;
import dev.ringback.server.api.read.DurationField;
import dev.ringback.server.api.read.IdField;
import dev.ringback.server.api.read.Violations;
import dev.ringback.server.api.watch.Watches;
import dev.ringback.server.job.JobId;
import dev.ringback.server.refusal.Refusal;
import dev.ringback.server.store.db.Unavailable;
import dev.ringback.server.store.job.Jobs;
import dev.ringback.v1.AwaitJobRequest;
import dev.ringback.v1.Job;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The calls that wait until a job has ended.
 *
 * <p>Thread-safe.
 */
public final class AwaitCalls {
  private static final Duration DEFAULT_WAIT = Duration.ofSeconds(30);
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);
  private static final Duration MARGIN = Duration.ofMillis(200);

  private final Watches watches;
  private final Jobs jobs;
  private final Reads reads;

  public AwaitCalls(Watches watches, Jobs jobs, Reads reads) {
    this.watches = watches;
    this.jobs = jobs;
    this.reads = reads;
  }

  void awaitJob(AwaitJobRequest request, StreamObserver<Job> answer) {
    Violations violations = new Violations();
    Duration wait = wait(request.getWait(), violations).orElse(DEFAULT_WAIT);
    violations.check();
    answerWhenEnded(IdField.job(request.getId()), wait, Optional.empty(), answer);
  }

  /** How long to wait, where that is asked for. */
  public static Optional<Duration> wait(String text, Violations violations) {
    return DurationField.read("wait", text, Duration.ofMillis(1), LONGEST_WAIT, violations);
  }

  /**
   * Answers on a thread of its own, so that it ends at once when nobody waits for the answer any
   * more.
   *
   * @param made a job that has just been created: the answer, if it can't be waited for
   */
  void answerWhenEnded(JobId id, Duration longest, Optional<Job> made, StreamObserver<Job> answer) {
    int project = CallContext.current().projectId();
    Context context = Context.current();
    Duration wait = untilDeadline(longest);
    var call = new LongCall<>(answer, "AwaitJob");
    call.start(() -> {
      Job job;
      try {
        watches.await(project, id, wait);
        job = reads.message(context, project, () -> Messages.job(jobs.get(project, id)));
      } catch (Refusal | Unavailable e) {
        // It is on disk, whatever becomes of the waiting.
        job = made.orElseThrow(() -> e);
      }
      call.send(job);
    });
  }

  /** A little before the caller's own deadline, so that the answer can still reach it. */
  private static Duration untilDeadline(Duration longest) {
    Deadline deadline = Context.current().getDeadline();
    if (deadline == null) {
      return longest;
    }
    Duration left = Duration.ofMillis(deadline.timeRemaining(TimeUnit.MILLISECONDS)).minus(MARGIN);
    return left.compareTo(longest) < 0 ? left : longest;
  }
}
