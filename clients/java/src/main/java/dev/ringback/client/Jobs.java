package dev.ringback.client;

import dev.ringback.v1.AwaitJobRequest;
import dev.ringback.v1.BatchCreateJobsRequest;
import dev.ringback.v1.CancelJobRequest;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.GetExecutionRequest;
import dev.ringback.v1.GetJobRequest;
import dev.ringback.v1.JobServiceGrpc;
import dev.ringback.v1.ListAttemptsRequest;
import dev.ringback.v1.ListAttemptsResponse;
import dev.ringback.v1.ListExecutionsRequest;
import dev.ringback.v1.ListExecutionsResponse;
import dev.ringback.v1.ListJobsRequest;
import dev.ringback.v1.ListJobsResponse;
import dev.ringback.v1.WatchJobRequest;
import dev.ringback.v1.WatchJobsRequest;
import java.time.Duration;
import java.util.List;

/**
 * Jobs: create, read, await, watch, cancel, and their history.
 *
 * <p>Every method throws {@link RingbackException} when its call fails. Thread-safe.
 */
public final class Jobs {
  /** How long one call waits. Ringback allows 5 minutes; proxies on the way often less. */
  private static final Duration LONGEST_AWAIT = Duration.ofSeconds(50);

  private final Calls calls;

  Jobs(Calls calls) {
    this.calls = calls;
  }

  /**
   * The same, with a time for each call other than the client's.
   *
   * @throws IllegalArgumentException when it is not positive
   */
  public Jobs withTimeout(Duration timeout) {
    return new Jobs(calls.withTimeout(timeout));
  }

  /** Creates a job; returns once it is durable. */
  public Job create(CreateJob job) {
    CreateJobRequest request = job.message();
    return Messages.job(
        calls.make(JobServiceGrpc.getCreateJobMethod(), request, job.longestWait()));
  }

  /**
   * Creates up to 1,000 jobs, all of them or none.
   *
   * @return a job for each, in their order, without URLs, headers, bodies, labels and last attempts
   */
  public List<Job> batchCreate(List<CreateJob> jobs) {
    BatchCreateJobsRequest request =
        BatchCreateJobsRequest.newBuilder()
            .addAllRequests(jobs.stream().map(CreateJob::message).toList())
            .build();
    return calls.make(JobServiceGrpc.getBatchCreateJobsMethod(), request).getJobsList().stream()
        .map(Messages::job)
        .toList();
  }

  /** Fetches durably: Ringback makes a request as it is, and retries it for up to 7 days. */
  public Job fetch(FetchRequest request) {
    return Messages.job(
        calls.make(JobServiceGrpc.getFetchMethod(), request.message(), request.metadata()));
  }

  /** Reads one job. */
  public Job get(String id) {
    GetJobRequest request = GetJobRequest.newBuilder().setId(id).build();
    return Messages.job(calls.make(JobServiceGrpc.getGetJobMethod(), request));
  }

  /** Lists jobs, newest first, without their headers and bodies. */
  public Pages<Job> list(ListJobs which) {
    return new Pages<>(
        which.message().getPageToken(),
        token -> {
          ListJobsRequest request = which.message().toBuilder().setPageToken(token).build();
          ListJobsResponse page = calls.make(JobServiceGrpc.getListJobsMethod(), request);
          return new Page<>(
              page.getJobsList().stream().map(Messages::job).toList(), page.getNextPageToken());
        });
  }

  /** Lists all jobs of the project, newest first. */
  public Pages<Job> list() {
    return list(ListJobs.all());
  }

  /** Cancels a job: nothing more is called. Cancelling a cancelled job is no error. */
  public Job cancel(String id) {
    CancelJobRequest request = CancelJobRequest.newBuilder().setId(id).build();
    return Messages.job(calls.make(JobServiceGrpc.getCancelJobMethod(), request));
  }

  /**
   * Waits for a job to complete, fail or be cancelled, through restarts of Ringback too. A job that
   * failed is no error: its status says so. A recurring job ends only when it is cancelled.
   *
   * @param atMost how long to wait
   * @throws RingbackException {@code DEADLINE_EXCEEDED} when the job has not ended by then, {@code
   *     UNAVAILABLE} when Ringback was away at that time
   */
  public Job await(String id, Duration atMost) {
    Tries tries = calls.tries(JobServiceGrpc.getAwaitJobMethod(), atMost);
    while (true) {
      Duration left = tries.left();
      if (!left.isPositive()) {
        throw RingbackException.of(
            Code.DEADLINE_EXCEEDED, id + " has not ended within " + Durations.seconds(atMost));
      }
      try {
        Job job = awaitOnce(id, Durations.shorter(left, LONGEST_AWAIT));
        if (job.status().isFinal()) {
          return job;
        }
        tries.worked();
      } catch (RingbackException e) {
        tries.failed(e);
      }
    }
  }

  private Job awaitOnce(String id, Duration wait) {
    AwaitJobRequest request =
        AwaitJobRequest.newBuilder().setId(id).setWait(Durations.text("wait", wait)).build();
    return Messages.job(calls.once(JobServiceGrpc.getAwaitJobMethod(), request, wait));
  }

  /** Watches one job: its state now, then every change, in order, to its last. */
  public Watch watch(String id) {
    return watch(id, "");
  }

  /**
   * Goes on watching one job.
   *
   * @param resumeToken of the last message that was seen; empty to begin with the job's state
   */
  public Watch watch(String id, String resumeToken) {
    WatchJobRequest request = WatchJobRequest.newBuilder().setId(id).build();
    return calls.watch(
        JobServiceGrpc.getWatchJobMethod(),
        resumeToken,
        token -> request.toBuilder().setResumeToken(token).build(),
        Watch.SILENCE);
  }

  /** Watches the project's jobs that match a filter: the state of each, then every change. */
  public Watch watchAll(WatchJobs which) {
    return watchAll(which, "");
  }

  /**
   * Goes on watching the project's jobs.
   *
   * @param resumeToken of the last message that was seen, with the same filter; empty to begin with
   *     the state of each job
   */
  public Watch watchAll(WatchJobs which, String resumeToken) {
    WatchJobsRequest request = which.message();
    return calls.watch(
        JobServiceGrpc.getWatchJobsMethod(),
        resumeToken,
        token -> request.toBuilder().setResumeToken(token).build(),
        Watch.SILENCE);
  }

  /**
   * Reads one execution.
   *
   * @param id {@code exec_…}, as a callback carries it: the id of its delivery
   */
  public Execution execution(String id) {
    GetExecutionRequest request = GetExecutionRequest.newBuilder().setId(id).build();
    return Messages.execution(calls.make(JobServiceGrpc.getGetExecutionMethod(), request));
  }

  /** Lists the executions of a job, newest first. */
  public Pages<Execution> executions(String jobId) {
    return executions(jobId, 0, "");
  }

  /**
   * Lists the executions of a job, newest first.
   *
   * @param pageSize how many a page may hold, up to 500, more means 500; 0 for 50
   * @param pageToken of the page to begin with; empty for the first
   */
  public Pages<Execution> executions(String jobId, int pageSize, String pageToken) {
    var request = ListExecutionsRequest.newBuilder().setJobId(jobId).setPageSize(pageSize);
    return new Pages<>(
        pageToken,
        token -> {
          ListExecutionsRequest wanted = request.clone().setPageToken(token).build();
          ListExecutionsResponse page =
              calls.make(JobServiceGrpc.getListExecutionsMethod(), wanted);
          return new Page<>(
              page.getExecutionsList().stream().map(Messages::execution).toList(),
              page.getNextPageToken());
        });
  }

  /** Lists the attempts of a job in the order of its executions and their numbers, oldest first. */
  public Pages<Attempt> attempts(String jobId) {
    return attempts(jobId, 0, "");
  }

  /**
   * Lists the attempts of a job, oldest first.
   *
   * @param pageSize how many a page may hold, up to 500, more means 500; 0 for 50
   * @param pageToken of the page to begin with; empty for the first
   */
  public Pages<Attempt> attempts(String jobId, int pageSize, String pageToken) {
    var request = ListAttemptsRequest.newBuilder().setJobId(jobId).setPageSize(pageSize);
    return new Pages<>(
        pageToken,
        token -> {
          ListAttemptsRequest wanted = request.clone().setPageToken(token).build();
          ListAttemptsResponse page = calls.make(JobServiceGrpc.getListAttemptsMethod(), wanted);
          return new Page<>(
              page.getAttemptsList().stream().map(Messages::attempt).toList(),
              page.getNextPageToken());
        });
  }
}
