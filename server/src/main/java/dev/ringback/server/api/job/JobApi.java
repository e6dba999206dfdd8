package dev.ringback.server.api.job;

import com.google.api.HttpBody;
import dev.ringback.server.api.watch.WatchCalls;
import dev.ringback.v1.AwaitJobRequest;
import dev.ringback.v1.BatchCreateJobsRequest;
import dev.ringback.v1.BatchCreateJobsResponse;
import dev.ringback.v1.CancelJobRequest;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.Execution;
import dev.ringback.v1.GetExecutionRequest;
import dev.ringback.v1.GetJobRequest;
import dev.ringback.v1.Job;
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
import io.grpc.stub.StreamObserver;

/**
 * The service of jobs: who serves which of its calls. Each call reads its request, asks the store,
 * and tells what it found; no rule and no SQL.
 *
 * <p>Thread-safe; each call runs on a virtual thread of its own.
 */
public final class JobApi extends JobServiceImplBase {
  private final CreateCalls creates;
  private final LookUpCalls lookUps;
  private final ActionCalls actions;
  private final AwaitCalls awaits;
  private final WatchCalls watches;

  public JobApi(
      CreateCalls creates,
      LookUpCalls lookUps,
      ActionCalls actions,
      AwaitCalls awaits,
      WatchCalls watches) {
    this.creates = creates;
    this.lookUps = lookUps;
    this.actions = actions;
    this.awaits = awaits;
    this.watches = watches;
  }

  @Override
  public void createJob(CreateJobRequest request, StreamObserver<Job> answer) {
    creates.createJob(request, answer);
  }

  @Override
  public void batchCreateJobs(
      BatchCreateJobsRequest request, StreamObserver<BatchCreateJobsResponse> answer) {
    creates.batchCreateJobs(request, answer);
  }

  @Override
  public void fetch(HttpBody request, StreamObserver<Job> answer) {
    creates.fetch(request, answer);
  }

  @Override
  public void getJob(GetJobRequest request, StreamObserver<Job> answer) {
    lookUps.getJob(request, answer);
  }

  @Override
  public void listJobs(ListJobsRequest request, StreamObserver<ListJobsResponse> answer) {
    lookUps.listJobs(request, answer);
  }

  @Override
  public void getExecution(GetExecutionRequest request, StreamObserver<Execution> answer) {
    lookUps.getExecution(request, answer);
  }

  @Override
  public void listExecutions(
      ListExecutionsRequest request, StreamObserver<ListExecutionsResponse> answer) {
    lookUps.listExecutions(request, answer);
  }

  @Override
  public void listAttempts(
      ListAttemptsRequest request, StreamObserver<ListAttemptsResponse> answer) {
    lookUps.listAttempts(request, answer);
  }

  @Override
  public void cancelJob(CancelJobRequest request, StreamObserver<Job> answer) {
    actions.cancelJob(request, answer);
  }

  @Override
  public void awaitJob(AwaitJobRequest request, StreamObserver<Job> answer) {
    awaits.awaitJob(request, answer);
  }

  @Override
  public void watchJob(WatchJobRequest request, StreamObserver<WatchMessage> answer) {
    watches.watchJob(request, answer);
  }

  @Override
  public void watchJobs(WatchJobsRequest request, StreamObserver<WatchMessage> answer) {
    watches.watchJobs(request, answer);
  }
}
