package dev.ringback.client;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.Deadline;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Makes calls: with the key, within a time, again where that is safe, and with errors as {@link
 * RingbackException}.
 *
 * <p>Thread-safe.
 */
final class Calls {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private static final Duration FIRST_WAIT = Duration.ofMillis(100);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);

  private final Channel channel;
  private final Runnable reconnect;
  private final Duration timeout;
  private final int maxAttempts;

  Calls(ManagedChannel channel, String apiKey, Duration timeout, int maxAttempts) {
    this(
        ClientInterceptors.intercept(channel, bearer(apiKey)),
        new Reconnect(channel),
        timeout,
        maxAttempts);
  }

  Calls(Channel channel, Runnable reconnect, Duration timeout, int maxAttempts) {
    this.channel = channel;
    this.reconnect = reconnect;
    this.timeout = timeout;
    this.maxAttempts = maxAttempts;
  }

  private static ClientInterceptor bearer(String apiKey) {
    Metadata headers = new Metadata();
    headers.put(AUTHORIZATION, "Bearer " + apiKey);
    return MetadataUtils.newAttachHeadersInterceptor(headers);
  }

  Calls withTimeout(Duration timeout) {
    return new Calls(channel, reconnect, timeout, maxAttempts);
  }

  Channel channel() {
    return channel;
  }

  /** Before a call is made again; throws when the client was closed. */
  void reconnect() {
    reconnect.run();
  }

  /** Makes a call, and again while Ringback is away if it is {@link Repeatable}. */
  <Q, A> A make(MethodDescriptor<Q, A> method, Q request) {
    return make(method, request, new Metadata(), timeout);
  }

  /** The same, for a call that waits for so long at the server, in addition to its timeout. */
  <Q, A> A make(MethodDescriptor<Q, A> method, Q request, Duration wait) {
    return make(method, request, new Metadata(), timeout.plus(wait));
  }

  /** The same, for a call that has headers of its own. */
  <Q, A> A make(MethodDescriptor<Q, A> method, Q request, Metadata headers) {
    return make(method, request, headers, timeout);
  }

  private <Q, A> A make(
      MethodDescriptor<Q, A> method, Q request, Metadata headers, Duration timeout) {
    Channel withHeaders =
        ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    Deadline deadline = Deadline.after(timeout.toNanos(), TimeUnit.NANOSECONDS);
    CallOptions options = CallOptions.DEFAULT.withDeadline(deadline);
    int tries = Repeatable.is(method, request, headers) ? maxAttempts : 1;
    Backoff backoff = new Backoff(FIRST_WAIT, LONGEST_WAIT);
    for (int attempt = 1; ; attempt++) {
      try {
        return ClientCalls.blockingUnaryCall(withHeaders, method, options, request);
      } catch (StatusRuntimeException e) {
        RingbackException error = RingbackException.from(e);
        boolean again = attempt < tries && error.code() == Status.Code.UNAVAILABLE;
        Duration wait = backoff.next();
        if (!again || deadline.timeRemaining(TimeUnit.NANOSECONDS) <= wait.toNanos()) {
          throw error;
        }
        Backoff.sleep(wait);
        reconnect();
      }
    }
  }
}
