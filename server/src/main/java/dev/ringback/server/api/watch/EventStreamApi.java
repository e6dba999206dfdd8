package dev.ringback.server.api.watch;

import com.google.api.HttpBody;
import dev.ringback.server.api.call.CallContext;
import dev.ringback.server.api.call.LongCall;
import dev.ringback.v1.EventStreamServiceGrpc.EventStreamServiceImplBase;
import dev.ringback.v1.WatchJobRequest;
import dev.ringback.v1.WatchJobsRequest;
import io.grpc.stub.StreamObserver;

/**
 * Watches as text, for HTTP clients.
 *
 * <p>Thread-safe.
 */
public final class EventStreamApi extends EventStreamServiceImplBase {
  private final Watches watches;

  public EventStreamApi(Watches watches) {
    this.watches = watches;
  }

  @FunctionalInterface
  private interface Watching {
    void tell(Outlet outlet) throws InterruptedException;
  }

  @Override
  public void streamJob(WatchJobRequest request, StreamObserver<HttpBody> answer) {
    Watches.Wanted wanted = WatchReader.read(request, CallContext.current());
    stream("StreamJob", answer, outlet -> watches.one(wanted, outlet));
  }

  @Override
  public void streamJobs(WatchJobsRequest request, StreamObserver<HttpBody> answer) {
    Watches.Wanted wanted = WatchReader.read(request, CallContext.current());
    stream("StreamJobs", answer, outlet -> watches.several(wanted, outlet));
  }

  private static void stream(String method, StreamObserver<HttpBody> answer, Watching watching) {
    CallContext context = CallContext.current();
    TextForm form = TextForm.accepted(context.header("accept"));
    var call = new LongCall<>(answer, method, form::error);
    call.start(() -> {
      watching.tell(message -> call.send(form.message(message)));
      if (!call.hasSent()) {
        // Tells an EventSource that it need not come again.
        context.responseHeaders().put(CallContext.HTTP_STATUS, "204");
      }
    });
  }
}
