package dev.ringback.server.api.job;

import dev.ringback.server.api.call.CallContext;
import dev.ringback.server.api.call.Reads;
import dev.ringback.server.api.message.Messages;
import dev.ringback.server.api.read.FilterFields;
import dev.ringback.server.api.read.IdField;
import dev.ringback.server.api.read.PageFields;
import dev.ringback.server.api.read.PageToken;
import dev.ringback.server.api.read.Violations;
import dev.ringback.server.job.Attempt;
import dev.ringback.server.job.Execution;
import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobFilter;
import dev.ringback.server.job.JobId;
import dev.ringback.server.store.job.Attempts;
import dev.ringback.server.store.job.Executions;
import dev.ringback.server.store.job.Jobs;
import dev.ringback.v1.GetExecutionRequest;
import dev.ringback.v1.GetJobRequest;
import dev.ringback.v1.ListAttemptsRequest;
import dev.ringback.v1.ListAttemptsResponse;
import dev.ringback.v1.ListExecutionsRequest;
import dev.ringback.v1.ListExecutionsResponse;
import dev.ringback.v1.ListJobsRequest;
import dev.ringback.v1.ListJobsResponse;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Optional;

/**
 * The calls that look jobs up, and their history.
 *
 * <p>Thread-safe.
 */
public final class LookUpCalls {
  private final Jobs jobs;
  private final Executions executions;
  private final Attempts attempts;
  private final Reads reads;

  public LookUpCalls(Jobs jobs, Executions executions, Attempts attempts, Reads reads) {
    this.jobs = jobs;
    this.executions = executions;
    this.attempts = attempts;
    this.reads = reads;
  }

  public void getJob(GetJobRequest request, StreamObserver<dev.ringback.v1.Job> answer) {
    int project = CallContext.current().projectId();
    JobId id = IdField.job(request.getId());
    reads.answer(answer, () -> Messages.job(jobs.get(project, id)));
  }

  public void listJobs(ListJobsRequest request, StreamObserver<ListJobsResponse> answer) {
    int project = CallContext.current().projectId();
    Violations violations = new Violations();
    JobFilter filter =
        FilterFields.read(
            project, request.getStatusList(), request.getLabelList(), List.of(), violations);
    PageFields asked =
        page("jobs " + filter.text(), request.getPageSize(), request.getPageToken(), violations);
    Optional<JobId> before = asked.after().map(place -> new JobId(place.id()));
    reads.answer(
        answer,
        () -> {
          var page =
              new Page<>(asked, Messages::listedJob, (Job job) -> PageToken.at(job.id().value()));
          Optional<JobId> rest = jobs.list(filter, before, page.wanted(), page::take);
          return ListJobsResponse.newBuilder()
              .addAllJobs(page.messages())
              .setNextPageToken(page.next(rest.map(last -> PageToken.at(last.value()))))
              .build();
        });
  }

  void getExecution(GetExecutionRequest request, StreamObserver<dev.ringback.v1.Execution> answer) {
    int project = CallContext.current().projectId();
    ExecutionId id = IdField.execution(request.getId());
    reads.answer(answer, () -> Messages.execution(executions.get(project, id)));
  }

  void listExecutions(
      ListExecutionsRequest request, StreamObserver<ListExecutionsResponse> answer) {
    int project = CallContext.current().projectId();
    JobId job = IdField.job(request.getJobId());
    PageFields asked =
        page("executions " + job, request.getPageSize(), request.getPageToken(), new Violations());
    Optional<ExecutionId> before = asked.after().map(place -> new ExecutionId(place.id()));
    reads.answer(
        answer,
        () -> {
          jobs.require(project, job);
          var page =
              new Page<>(
                  asked, Messages::execution, (Execution one) -> PageToken.at(one.id().value()));
          executions.list(project, job, before, page.wanted()).forEach(page::take);
          return ListExecutionsResponse.newBuilder()
              .addAllExecutions(page.messages())
              .setNextPageToken(page.next())
              .build();
        });
  }

  public void listAttempts(
      ListAttemptsRequest request, StreamObserver<ListAttemptsResponse> answer) {
    int project = CallContext.current().projectId();
    JobId job = IdField.job(request.getJobId());
    PageFields asked =
        page("attempts " + job, request.getPageSize(), request.getPageToken(), new Violations());
    Optional<Attempts.Cursor> after =
        asked
            .after()
            .map(place -> new Attempts.Cursor(new ExecutionId(place.id()), place.number()));
    reads.answer(
        answer,
        () -> {
          jobs.require(project, job);
          var page =
              new Page<>(
                  asked,
                  Messages::attempt,
                  (Attempt one) -> new PageToken(one.executionId().value(), one.number()));
          attempts.list(project, job, after, page.wanted(), page::take);
          return ListAttemptsResponse.newBuilder()
              .addAllAttempts(page.messages())
              .setNextPageToken(page.next())
              .build();
        });
  }

  /** The page that is asked for, once all else has been read. */
  private static PageFields page(String list, int size, String token, Violations violations) {
    PageFields page = PageFields.read(list, size, token, violations);
    violations.check();
    return page;
  }
}
