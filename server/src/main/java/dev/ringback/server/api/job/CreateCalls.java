package dev.ringback.server.api.job;

import com.google.api.HttpBody;
import dev.ringback.server.api.call.CallContext;
import dev.ringback.server.api.call.Reads;
import dev.ringback.server.api.message.Messages;
import dev.ringback.server.api.read.IdField;
import dev.ringback.server.api.read.Violations;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.refusal.Conflict.IdempotencyKeyReused;
import dev.ringback.server.store.job.Created;
import dev.ringback.server.store.job.Creates;
import dev.ringback.server.store.job.Creation;
import dev.ringback.server.store.job.Jobs;
import dev.ringback.v1.BatchCreateJobsRequest;
import dev.ringback.v1.BatchCreateJobsResponse;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.Job;
import io.grpc.Context;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The calls that create jobs.
 *
 * <p>Thread-safe.
 */
public final class CreateCalls {
  private final CreationReader creations;
  private final Creates creates;
  private final Jobs jobs;
  private final Reads reads;
  private final AwaitCalls awaits;

  public CreateCalls(
      CreationReader creations, Creates creates, Jobs jobs, Reads reads, AwaitCalls awaits) {
    this.creations = creations;
    this.creates = creates;
    this.jobs = jobs;
    this.reads = reads;
    this.awaits = awaits;
  }

  public void createJob(CreateJobRequest request, StreamObserver<Job> answer) {
    Violations violations = new Violations();
    Optional<Duration> wait = AwaitCalls.wait(request.getWait(), violations);
    Job job = create(creations.read(request, CallContext.current(), violations));
    if (wait.isEmpty() || JobStatus.of(job.getStatus().name()).isFinal()) {
      answer(answer, job);
    } else {
      awaits.answerWhenEnded(IdField.job(job.getId()), wait.get(), Optional.of(job), answer);
    }
  }

  public void fetch(HttpBody request, StreamObserver<Job> answer) {
    answer(answer, create(creations.read(request, CallContext.current())));
  }

  public void batchCreateJobs(
      BatchCreateJobsRequest request, StreamObserver<BatchCreateJobsResponse> answer) {
    CallContext call = CallContext.current();
    List<Created> created = creates.createAll(creations.read(request, call, new Violations()));
    Map<JobId, Job> before = before(call.projectId(), created);
    BatchCreateJobsResponse.Builder response = BatchCreateJobsResponse.newBuilder();
    for (Created one : created) {
      response.addJobs(
          switch (one) {
            case Created.New(var made) -> Messages.createdJob(made);
            case Created.Before(JobId id) -> Objects.requireNonNull(before.get(id));
            case Created.KeyReused(JobId id) -> throw new IdempotencyKeyReused(id);
          });
    }
    answer(answer, response.build());
  }

  private Job create(Creation creation) {
    int project = creation.projectId();
    Job job =
        switch (creates.create(creation)) {
          case Created.New(var made) -> Messages.job(made);
          case Created.Before(JobId id) ->
              reads.message(Context.current(), project, () -> Messages.job(jobs.get(project, id)));
          case Created.KeyReused(JobId id) -> throw new IdempotencyKeyReused(id);
        };
    // A repeated create gets the answer of the first: its caller may not have seen it.
    CallContext call = CallContext.current();
    call.responseHeaders().put(CallContext.HTTP_STATUS, "201");
    call.responseHeaders().put(CallContext.LOCATION, "/v1/jobs/" + job.getId());
    return job;
  }

  /** The jobs that were there before, as the answer shows them: without what may be large. */
  private Map<JobId, Job> before(int project, List<Created> created) {
    Set<JobId> ids = new HashSet<>();
    for (Created one : created) {
      if (one instanceof Created.Before(JobId id)) {
        ids.add(id);
      }
    }
    Map<JobId, Job> before = new HashMap<>();
    return ids.isEmpty()
        ? before
        : reads.read(
            project,
            () -> {
              jobs.each(project, ids, job -> before.put(job.id(), Messages.createdJob(job)));
              return before;
            });
  }

  private static <A> void answer(StreamObserver<A> answer, A message) {
    answer.onNext(message);
    answer.onCompleted();
  }
}
