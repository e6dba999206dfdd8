package dev.ringback.server.api;

import com.google.api.HttpBody;
import dev.ringback.server.api.read.DurationField;
import dev.ringback.server.api.read.FilterFields;
import dev.ringback.server.api.read.Violations;
import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobFilter;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.refusal.Conflict.IdempotencyKeyReused;
import dev.ringback.server.refusal.NotFound.JobNotFound;
import dev.ringback.server.refusal.Refusal;
import dev.ringback.server.store.Attempts;
import dev.ringback.server.store.JobWriter.Created;
import dev.ringback.server.store.JobWriter.Creation;
import dev.ringback.server.store.Unavailable;
import dev.ringback.v1.AwaitJobRequest;
import dev.ringback.v1.BatchCreateJobsRequest;
import dev.ringback.v1.BatchCreateJobsResponse;
import dev.ringback.v1.CancelJobRequest;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.GetJobRequest;
import dev.ringback.v1.JobServiceGrpc.JobServiceImplBase;
import dev.ringback.v1.ListAttemptsRequest;
import dev.ringback.v1.ListAttemptsResponse;
import dev.ringback.v1.ListExecutionsRequest;
import dev.ringback.v1.ListExecutionsResponse;
import dev.ringback.v1.ListJobsRequest;
import dev.ringback.v1.ListJobsResponse;
import dev.ringback.v1.WatchJobRequest;
import dev.ringback.v1.WatchJobsRequest;
import dev.ringback.v1.WatchMessage;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The door: checks what comes in, asks the store, and maps what goes out. No rule and no SQL.
 *
 * <p>Thread-safe; each call runs on a virtual thread of its own.
 */
final class JobApi extends JobServiceImplBase {
  private static final int DEFAULT_PAGE_SIZE = 50;
  private static final int MAX_PAGE_SIZE = 500;
  private static final Duration DEFAULT_WAIT = Duration.ofSeconds(30);
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);
  private static final Duration MARGIN = Duration.ofMillis(200);

  private final GrpcServer.Store store;
  private final CreationReader creations;
  private final Watches watches;
  private final Reads reads;

  JobApi(GrpcServer.Store store, CreationReader creations, Watches watches) {
    this.store = store;
    this.reads = new Reads(store.turns());
    this.creations = creations;
    this.watches = watches;
  }

  @Override
  public void createJob(CreateJobRequest request, StreamObserver<dev.ringback.v1.Job> answer) {
    Violations violations = new Violations();
    Duration wait = wait(request.getWait(), Duration.ZERO, violations);
    dev.ringback.v1.Job job = create(creations.read(request, CallContext.current(), violations));
    if (wait.isZero() || JobStatus.of(job.getStatus().name()).isFinal()) {
      answer(answer, job);
    } else {
      answerWhenEnded(jobId(job.getId()), wait, Optional.of(job), answer);
    }
  }

  private static Duration wait(String text, Duration otherwise, Violations violations) {
    return DurationField.read("wait", text, Duration.ofMillis(1), LONGEST_WAIT, violations)
        .orElse(otherwise);
  }

  @Override
  public void awaitJob(AwaitJobRequest request, StreamObserver<dev.ringback.v1.Job> answer) {
    Violations violations = new Violations();
    Duration wait = wait(request.getWait(), DEFAULT_WAIT, violations);
    violations.check();
    answerWhenEnded(jobId(request.getId()), wait, Optional.empty(), answer);
  }

  /**
   * Answers on a thread of its own, so that it ends at once when nobody waits for the answer any
   * more.
   *
   * @param made a job that has just been created: the answer, if it can't be waited for
   */
  private void answerWhenEnded(
      JobId id,
      Duration longest,
      Optional<dev.ringback.v1.Job> made,
      StreamObserver<dev.ringback.v1.Job> answer) {
    int project = CallContext.current().projectId();
    Context context = Context.current();
    Duration wait = untilDeadline(longest);
    var call = new LongCall<>(answer, "AwaitJob");
    call.start(() -> {
      dev.ringback.v1.Job job;
      try {
        watches.await(project, id, wait);
        job = reads.message(context, project, () -> whole(project, id));
      } catch (Refusal | Unavailable e) {
        // It is on disk, whatever becomes of the waiting.
        job = made.orElseThrow(() -> e);
      }
      call.send(job);
    });
  }

  private dev.ringback.v1.Job whole(int project, JobId id) {
    return Messages.job(store.jobs().get(project, id));
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

  @Override
  public void watchJob(WatchJobRequest request, StreamObserver<WatchMessage> answer) {
    Watches.Wanted wanted = WatchReader.read(request, CallContext.current());
    var call = new LongCall<>(answer, "WatchJob");
    call.start(() -> watches.one(wanted, call::send));
  }

  @Override
  public void watchJobs(WatchJobsRequest request, StreamObserver<WatchMessage> answer) {
    Watches.Wanted wanted = WatchReader.read(request, CallContext.current());
    var call = new LongCall<>(answer, "WatchJobs");
    call.start(() -> watches.several(wanted, call::send));
  }

  @Override
  public void fetch(HttpBody request, StreamObserver<dev.ringback.v1.Job> answer) {
    Creation creation = creations.read(request, CallContext.current());
    answer(answer, create(creation));
  }

  private dev.ringback.v1.Job create(Creation creation) {
    int project = creation.projectId();
    Created created = store.writer().create(creation);
    dev.ringback.v1.Job job =
        switch (created) {
          case Created.New(Job made) -> Messages.job(made);
          case Created.Before(JobId before) ->
              reads.message(Context.current(), project, () -> whole(project, before));
          case Created.KeyReused(JobId before) -> throw new IdempotencyKeyReused(before);
        };
    // A repeated create gets the answer of the first: its caller may not have seen it.
    CallContext call = CallContext.current();
    call.responseHeaders().put(CallContext.HTTP_STATUS, "201");
    call.responseHeaders().put(CallContext.LOCATION, "/v1/jobs/" + job.getId());
    return job;
  }

  @Override
  public void batchCreateJobs(
      BatchCreateJobsRequest request, StreamObserver<BatchCreateJobsResponse> answer) {
    CallContext call = CallContext.current();
    List<Created> created =
        store.writer().createAll(creations.read(request, call, new Violations()));
    Map<JobId, dev.ringback.v1.Job> before = before(call.projectId(), created);
    BatchCreateJobsResponse.Builder response = BatchCreateJobsResponse.newBuilder();
    for (Created one : created) {
      response.addJobs(
          switch (one) {
            case Created.New(Job made) -> Messages.createdJob(made);
            case Created.Before(JobId id) -> Objects.requireNonNull(before.get(id));
            case Created.KeyReused(JobId id) -> throw new IdempotencyKeyReused(id);
          });
    }
    answer(answer, response.build());
  }

  /** The jobs that were there before, as the answer shows them: without what may be large. */
  private Map<JobId, dev.ringback.v1.Job> before(int project, List<Created> created) {
    Set<JobId> ids = new HashSet<>();
    for (Created one : created) {
      if (one instanceof Created.Before(JobId id)) {
        ids.add(id);
      }
    }
    Map<JobId, dev.ringback.v1.Job> before = new HashMap<>();
    return ids.isEmpty()
        ? before
        : reads.read(
            project,
            () -> {
              store
                  .jobs()
                  .each(project, ids, job -> before.put(job.id(), Messages.createdJob(job)));
              return before;
            });
  }

  @Override
  public void getJob(GetJobRequest request, StreamObserver<dev.ringback.v1.Job> answer) {
    int project = CallContext.current().projectId();
    JobId id = jobId(request.getId());
    reads.answer(answer, () -> whole(project, id));
  }

  @Override
  public void cancelJob(CancelJobRequest request, StreamObserver<dev.ringback.v1.Job> answer) {
    int project = CallContext.current().projectId();
    JobId id = jobId(request.getId());
    reads.answer(answer, () -> Messages.job(store.jobs().cancel(project, id)));
  }

  @Override
  public void listJobs(ListJobsRequest request, StreamObserver<ListJobsResponse> answer) {
    int project = CallContext.current().projectId();
    Violations violations = new Violations();
    int size = pageSize(request.getPageSize(), violations);
    JobFilter filter =
        FilterFields.read(
            project, request.getStatusList(), request.getLabelList(), List.of(), violations);
    String list = "jobs " + filter.text();
    Optional<PageToken> token = PageToken.read(request.getPageToken(), list, violations);
    violations.check();
    Optional<JobId> before = token.map(place -> new JobId(place.id()));
    reads.answer(
        answer,
        () -> {
          var page = new Page<>(size, Messages::listedJob);
          // One more than the page holds tells whether there is a next page.
          Optional<JobId> rest = store.jobs().list(filter, before, size + 1, page::take);
          ListJobsResponse.Builder response =
              ListJobsResponse.newBuilder().addAllJobs(page.messages());
          page.end()
              .map(Job::id)
              .or(() -> rest)
              .map(last -> new PageToken(last.value(), 0).text(list))
              .ifPresent(response::setNextPageToken);
          return response.build();
        });
  }

  @Override
  public void listExecutions(
      ListExecutionsRequest request, StreamObserver<ListExecutionsResponse> answer) {
    int project = CallContext.current().projectId();
    JobId job = jobId(request.getJobId());
    String list = "executions " + job;
    Violations violations = new Violations();
    int size = pageSize(request.getPageSize(), violations);
    Optional<PageToken> token = PageToken.read(request.getPageToken(), list, violations);
    violations.check();
    Optional<ExecutionId> before = token.map(place -> new ExecutionId(place.id()));
    reads.answer(
        answer,
        () -> {
          store.jobs().require(project, job);
          var page = new Page<>(size, Messages::execution);
          store.executions().list(job, before, size + 1).forEach(page::take);
          ListExecutionsResponse.Builder response =
              ListExecutionsResponse.newBuilder().addAllExecutions(page.messages());
          page.end()
              .map(last -> new PageToken(last.id().value(), 0).text(list))
              .ifPresent(response::setNextPageToken);
          return response.build();
        });
  }

  @Override
  public void listAttempts(
      ListAttemptsRequest request, StreamObserver<ListAttemptsResponse> answer) {
    int project = CallContext.current().projectId();
    JobId job = jobId(request.getJobId());
    String list = "attempts " + job;
    Violations violations = new Violations();
    int size = pageSize(request.getPageSize(), violations);
    Optional<PageToken> token = PageToken.read(request.getPageToken(), list, violations);
    violations.check();
    Optional<Attempts.Cursor> after =
        token.map(place -> new Attempts.Cursor(new ExecutionId(place.id()), place.number()));
    reads.answer(
        answer,
        () -> {
          store.jobs().require(project, job);
          var page = new Page<>(size, Messages::attempt);
          store.attempts().list(job, after, size + 1, page::take);
          ListAttemptsResponse.Builder response =
              ListAttemptsResponse.newBuilder().addAllAttempts(page.messages());
          page.end()
              .map(last -> new PageToken(last.executionId().value(), last.number()).text(list))
              .ifPresent(response::setNextPageToken);
          return response.build();
        });
  }

  private static JobId jobId(String text) {
    return JobId.parse(text).orElseThrow(() -> new JobNotFound(text));
  }

  /** More than the maximum means the maximum (AIP-158). */
  private static int pageSize(int given, Violations violations) {
    if (given < 0) {
      violations.add("page_size", "must not be negative");
    }
    return given == 0 ? DEFAULT_PAGE_SIZE : Math.min(given, MAX_PAGE_SIZE);
  }

  private static <A> void answer(StreamObserver<A> answer, A message) {
    answer.onNext(message);
    answer.onCompleted();
  }
}
