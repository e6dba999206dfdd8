package dev.ringback.server.api.job;

import dev.ringback.server.api.call.CallContext;
import dev.ringback.server.api.call.Reads;
import dev.ringback.server.api.message.Messages;
import dev.ringback.server.api.read.IdField;
import dev.ringback.server.job.JobId;
import dev.ringback.server.store.job.Actions;
import dev.ringback.v1.CancelJobRequest;
import dev.ringback.v1.Job;
import io.grpc.stub.StreamObserver;

/**
 * The calls that do something to a job.
 *
 * <p>Thread-safe.
 */
public final class ActionCalls {
  private final Actions actions;
  private final Reads reads;

  public ActionCalls(Actions actions, Reads reads) {
    this.actions = actions;
    this.reads = reads;
  }

  public void cancelJob(CancelJobRequest request, StreamObserver<Job> answer) {
    int project = CallContext.current().projectId();
    JobId id = IdField.job(request.getId());
    reads.answer(answer, () -> Messages.job(actions.cancel(project, id)));
  }
}
