package dev.ringback.client;

import dev.ringback.v1.WatchMessage;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
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
  private static final Duration LONGEST_WAIT_WITHOUT_END = Duration.ofSeconds(5);

  private final Link link;
  private final String apiKey;
  private final Duration timeout;
  private final int maxAttempts;
  private final Consumer<? super Retry> onRetry;

  Calls(
      Link link,
      String apiKey,
      Duration timeout,
      int maxAttempts,
      Consumer<? super Retry> onRetry) {
    this.link = link;
    this.apiKey = apiKey;
    this.timeout = Durations.shorter(positive(timeout), Durations.LONGEST);
    this.maxAttempts = maxAttempts;
    this.onRetry = onRetry;
  }

  /**
   * @throws IllegalArgumentException when it is not
   */
  static Duration positive(Duration timeout) {
    if (!timeout.isPositive()) {
      throw new IllegalArgumentException("timeout must be positive");
    }
    return timeout;
  }

  Calls withTimeout(Duration timeout) {
    return new Calls(link, apiKey, timeout, maxAttempts, onRetry);
  }

  /** Makes a call, and again while Ringback is away if it is {@link Repeatable}. */
  <Q, A> A make(MethodDescriptor<Q, A> method, Q request) {
    return make(method, request, new Metadata(), timeout);
  }

  /** The same, for a call that waits for so long at the server, in addition to its timeout. */
  <Q, A> A make(MethodDescriptor<Q, A> method, Q request, Duration wait) {
    return make(method, request, new Metadata(), with(wait));
  }

  /** The same, for a call that has headers of its own. */
  <Q, A> A make(MethodDescriptor<Q, A> method, Q request, Metadata headers) {
    return make(method, request, headers, timeout);
  }

  private Duration with(Duration wait) {
    return timeout.plus(Durations.shorter(wait, Durations.LONGEST));
  }

  private <Q, A> A make(MethodDescriptor<Q, A> method, Q request, Metadata headers, Duration time) {
    int most = Repeatable.is(method, request, headers) ? maxAttempts : 1;
    Tries tries =
        new Tries(
            method.getBareMethodName(), time, most, new Backoff(FIRST_WAIT, LONGEST_WAIT), onRetry);
    while (true) {
      try {
        return once(method, request, headers, tries.left());
      } catch (RingbackException e) {
        tries.failed(e);
      }
    }
  }

  /** Makes a call once, which waits for so long at the server, in addition to its timeout. */
  <Q, A> A once(MethodDescriptor<Q, A> method, Q request, Duration wait) {
    return once(method, request, new Metadata(), with(wait));
  }

  private <Q, A> A once(
      MethodDescriptor<Q, A> method, Q request, Metadata headers, Duration atMost) {
    long end = System.nanoTime() + atMost.toNanos();
    link.connect(atMost);
    long left = Math.max(1, end - System.nanoTime());
    CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(left, TimeUnit.NANOSECONDS);
    try {
      return ClientCalls.blockingUnaryCall(channel(headers), method, options, request);
    } catch (StatusRuntimeException e) {
      throw failure(e, atMost);
    }
  }

  /** Without what gRPC tells of its inside when no answer came in time. */
  private RingbackException failure(StatusRuntimeException e, Duration atMost) {
    RingbackException failure = link.failure(e);
    return failure.code() == Code.DEADLINE_EXCEEDED && failure.reasonText().isEmpty()
        ? link.failure(Code.DEADLINE_EXCEEDED, "no answer within " + Durations.seconds(atMost))
        : failure;
  }

  /** Tries of calls that may take any number of them, such as those of {@link Jobs#await}. */
  Tries tries(MethodDescriptor<?, ?> method, Duration time) {
    return new Tries(
        method.getBareMethodName(), time, Integer.MAX_VALUE, patientBackoff(), onRetry);
  }

  private static Backoff patientBackoff() {
    return new Backoff(FIRST_WAIT, LONGEST_WAIT_WITHOUT_END);
  }

  /**
   * A watch.
   *
   * @param request of a resume token
   */
  <Q> Watch watch(
      MethodDescriptor<Q, WatchMessage> method,
      String resumeToken,
      Function<String, Q> request,
      Duration silence) {
    Watch.Way way =
        new Watch.Way() {
          @Override
          public void open(String token, Connection connection) {
            link.reconnect();
            ClientCalls.asyncServerStreamingCall(
                channel(new Metadata()).newCall(method, CallOptions.DEFAULT),
                request.apply(token),
                connection);
          }

          @Override
          public RingbackException failure(Throwable e) {
            return link.failure(e);
          }

          @Override
          public RingbackException silent() {
            link.leave();
            return link.failure(
                Code.UNAVAILABLE, "nothing was heard for " + Durations.seconds(silence));
          }

          @Override
          public void retry(int attempt, Duration wait, RingbackException error) {
            new Retry(method.getBareMethodName(), attempt, wait, error).tell(onRetry);
          }
        };
    return new Watch(resumeToken, way, patientBackoff(), silence);
  }

  private Channel channel(Metadata more) {
    Metadata headers = new Metadata();
    headers.put(AUTHORIZATION, "Bearer " + apiKey);
    headers.merge(more);
    return ClientInterceptors.intercept(
        link.channel(), MetadataUtils.newAttachHeadersInterceptor(headers));
  }
}
