package dev.ringback.server.api;

import dev.ringback.server.api.call.CallContext;
import dev.ringback.server.refusal.Denied.InvalidApiKey;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/**
 * Ends streams whose key has been revoked: what serves one is refused its next message. So a watch,
 * which tells where it stands every few seconds, does not outlive its key by much.
 *
 * <p>It may wait for the database, and so stands inside of {@link Admission}, which must not.
 */
final class Revocation implements ServerInterceptor {
  private final ApiKeys keys;

  Revocation(ApiKeys keys) {
    this.keys = keys;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    boolean isStream = !call.getMethodDescriptor().getType().serverSendsOneMessage();
    var context = CallContext.maybe();
    var key = ApiKeys.key(headers);
    if (!isStream || context.isEmpty() || key.isEmpty()) {
      return next.startCall(call, headers);
    }
    return next.startCall(
        new SimpleForwardingServerCall<Q, A>(call) {
          private boolean refused;

          @Override
          public void sendMessage(A message) {
            // Once: a stream of text tells the refusal in a message.
            if (!refused && !keys.opensStill(key.get(), context.get().projectId())) {
              refused = true;
              throw new InvalidApiKey();
            }
            super.sendMessage(message);
          }
        },
        headers);
  }
}
