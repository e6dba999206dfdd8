package dev.ringback.server.api;

import com.google.api.HttpBody;
import dev.ringback.v1.EventStreamServiceGrpc.EventStreamServiceImplBase;
import dev.ringback.v1.WatchJobRequest;
import dev.ringback.v1.WatchJobsRequest;
import io.grpc.stub.StreamObserver;

/**
 * Watches as text, for HTTP clients.
 *
 * <p>Thread-safe.
 */
final class EventStreamApi extends EventStreamServiceImplBase {
  private final Watches watches;

  EventStreamApi(Watches watches) {
    this.watches = watches;
  }

  @Override
  public void streamJob(WatchJobRequest request, StreamObserver<HttpBody> answer) {
    CallContext context = CallContext.current();
    Watches.Wanted wanted = WatchReader.read(request, context);
    TextForm form = TextForm.accepted(context.header("accept"));
    var call = new LongCall<>(answer, "StreamJob", form::error);
    call.start(() -> watches.one(wanted, message -> call.send(form.message(message))));
  }

  @Override
  public void streamJobs(WatchJobsRequest request, StreamObserver<HttpBody> answer) {
    CallContext context = CallContext.current();
    Watches.Wanted wanted = WatchReader.read(request, context);
    TextForm form = TextForm.accepted(context.header("accept"));
    var call = new LongCall<>(answer, "StreamJobs", form::error);
    call.start(() -> watches.several(wanted, message -> call.send(form.message(message))));
  }
}
