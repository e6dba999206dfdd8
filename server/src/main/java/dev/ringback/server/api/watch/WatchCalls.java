package dev.ringback.server.api.watch;

import dev.ringback.server.api.call.CallContext;
import dev.ringback.server.api.call.LongCall;
import dev.ringback.v1.WatchJobRequest;
import dev.ringback.v1.WatchJobsRequest;
import dev.ringback.v1.WatchMessage;
import io.grpc.stub.StreamObserver;

/**
 * The calls that watch jobs, told in messages.
 *
 * <p>Thread-safe.
 */
public final class WatchCalls {
  private final Watches watches;

  public WatchCalls(Watches watches) {
    this.watches = watches;
  }

  public void watchJob(WatchJobRequest request, StreamObserver<WatchMessage> answer) {
    Watches.Wanted wanted = WatchReader.read(request, CallContext.current());
    var call = new LongCall<>(answer, "WatchJob");
    call.start(() -> watches.one(wanted, call::send));
  }

  public void watchJobs(WatchJobsRequest request, StreamObserver<WatchMessage> answer) {
    Watches.Wanted wanted = WatchReader.read(request, CallContext.current());
    var call = new LongCall<>(answer, "WatchJobs");
    call.start(() -> watches.several(wanted, call::send));
  }
}
