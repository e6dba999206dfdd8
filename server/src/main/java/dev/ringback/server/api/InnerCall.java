package dev.ringback.server.api;

import com.google.api.HttpBody;
import com.google.protobuf.Message;
import dev.ringback.server.api.call.CallContext;
import dev.ringback.server.api.message.JsonForm;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import org.jspecify.annotations.Nullable;

/**
 * A call that serves a REST call, and writes its answers as JSON.
 *
 * <p>To be made while the handler of the REST call runs. Used by one thread at a time; a cancel and
 * news of room may come from another.
 */
final class InnerCall {
  private final ServerCallStreamObserver<HttpBody> outer;
  private final CallContext context;
  private volatile ServerCall.@Nullable Listener<?> listener;

  InnerCall(ServerCallStreamObserver<HttpBody> outer, CallContext context) {
    this.outer = outer;
    this.context = context;
    outer.setOnReadyHandler(() -> {
      ServerCall.Listener<?> told = listener;
      if (told != null) {
        told.onReady();
      }
    });
    outer.setOnCancelHandler(this::cancel);
  }

  /** Serves a request by what serves it over gRPC. */
  @SuppressWarnings("unchecked") // A method's request is a message of its type.
  <Q, A> void start(ServerMethodDefinition<Q, A> method, Message request) {
    var call = new Call<>(method.getMethodDescriptor());
    ServerCall.Listener<Q> told =
        method.getServerCallHandler().startCall(call, context.requestHeaders());
    listener = told;
    told.onMessage((Q) request);
    told.onHalfClose();
    told.onReady();
  }

  /** Tells what serves the call that nobody waits for its answer any more. */
  void cancel() {
    ServerCall.Listener<?> told = listener;
    if (told != null) {
      told.onCancel();
    }
  }

  private final class Call<Q, A> extends ServerCall<Q, A> {
    private final MethodDescriptor<Q, A> method;

    private Call(MethodDescriptor<Q, A> method) {
      this.method = method;
    }

    @Override
    public void request(int messages) {}

    @Override
    public void sendHeaders(Metadata headers) {}

    @Override
    public void sendMessage(A message) {
      outer.onNext(JsonForm.body((Message) message));
    }

    @Override
    public void close(Status status, Metadata trailers) {
      if (status.isOk()) {
        outer.onCompleted();
      } else {
        outer.onError(status.asRuntimeException(trailers));
      }
    }

    @Override
    public boolean isReady() {
      return outer.isReady();
    }

    @Override
    public boolean isCancelled() {
      return outer.isCancelled();
    }

    @Override
    public MethodDescriptor<Q, A> getMethodDescriptor() {
      return method;
    }
  }
}
