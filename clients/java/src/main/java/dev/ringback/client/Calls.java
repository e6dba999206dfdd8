package dev.ringback.client;

import io.grpc.Channel;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.Deadline;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

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

  /** What a call does, once. */
  interface Once<T> extends Function<Deadline, T> {}

  /** Makes a call that must not be made twice. */
  <T> T once(Once<T> call) {
    return call(1, timeout, call);
  }

  /** Makes a call that may be made again. */
  <T> T repeatably(Once<T> call) {
    return call(maxAttempts, timeout, call);
  }

  /** The same, for a call that waits for so long at the server, in addition to its timeout. */
  <T> T repeatably(Duration wait, Once<T> call) {
    return call(maxAttempts, timeout.plus(wait), call);
  }

  private <T> T call(int maxAttempts, Duration timeout, Once<T> call) {
    Deadline deadline = Deadline.after(timeout.toNanos(), TimeUnit.NANOSECONDS);
    Backoff backoff = new Backoff(FIRST_WAIT, LONGEST_WAIT);
    for (int attempt = 1; ; attempt++) {
      try {
        return call.apply(deadline);
      } catch (StatusRuntimeException e) {
        RingbackException error = RingbackException.from(e);
        boolean again = attempt < maxAttempts && error.code() == Status.Code.UNAVAILABLE;
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
