package dev.ringback.server.engine;

import dev.ringback.server.job.Callback;
import dev.ringback.server.job.Outcome;
import dev.ringback.server.job.Outcome.ErrorClass;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.impl.DefaultConnectionKeepAliveStrategy;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.io.ConnectionEndpoint;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.impl.DefaultConnectionReuseStrategy;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.ssl.SSLContexts;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one call of a callback and says what became of it. Blocks; meant for virtual threads, any
 * number at once.
 *
 * <p>It drives the connections of Apache HttpClient itself instead of its client class: so nothing
 * is repeated, redirected, decompressed or added behind our back, and what is recorded as sent is
 * what was sent.
 */
public final class HttpCaller implements AutoCloseable {
  /** How long one address may take to connect, and then its TLS handshake to move on. */
  static final Duration CONNECT_LIMIT = Duration.ofSeconds(10);

  private static final Logger log = LoggerFactory.getLogger(HttpCaller.class);

  private final String userAgent;
  private final HostLookup lookup;
  private final PoolingHttpClientConnectionManager connections;
  private final ScheduledThreadPoolExecutor timer;

  /**
   * @param slots how many calls, and so connections, there are at most at once
   * @param version Ringback's, for User-Agent
   */
  public HttpCaller(AddressGuard guard, int slots, String version) {
    this(guard, slots, version, SSLContexts.createSystemDefault());
  }

  HttpCaller(AddressGuard guard, int slots, String version, SSLContext trust) {
    userAgent = "Ringback/" + version;
    lookup = new HostLookup(guard::resolve);
    connections = ConnectionPool.open(slots, lookup, trust);
    timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("call-deadlines").daemon().factory());
    timer.setRemoveOnCancelPolicy(true);
    var _ =
        timer.scheduleWithFixedDelay(
            () -> Thread.startVirtualThread(this::evict), 5, 5, TimeUnit.SECONDS);
  }

  /** Calls once, with the callback's own body. */
  Outcome call(Callback callback, Map<String, String> extraHeaders, Duration deadline) {
    return call(callback, new Body(callback.body(), () -> {}), extraHeaders, deadline);
  }

  /**
   * Calls once. Whatever the target does is an {@link Outcome}, never an exception.
   *
   * @param body what to send instead of the callback's own; let go as soon as it is written
   * @param extraHeaders Ringback's own, which replace the job's of the same name
   * @param deadline for the whole call, from the look-up of the name to the answer's last byte
   */
  Outcome call(Callback callback, Body body, Map<String, String> extraHeaders, Duration deadline) {
    LiveCall call = new LiveCall(deadline);
    Map<String, String> headers = Map.of();
    String host = "the host";
    ScheduledFuture<?> cut = null;
    try {
      HttpTarget target = HttpTarget.parse(callback.url());
      host = target.hostName();
      Map<String, String> sent =
          RequestHead.headers(callback, body.length(), target, extraHeaders, userAgent);
      ClassicHttpRequest request = RequestHead.request(callback, body, target, sent);
      cut = timer.scheduleWithFixedDelay(call, deadline.toMillis(), 1_000, TimeUnit.MILLISECONDS);
      ConnectionEndpoint connection = lease(target, call);
      HttpClientContext context = HttpClientContext.create();
      TimeValue keep = null;
      try {
        open(connection, call, context);
        headers = sent;
        Exchange exchange = new Exchange();
        ClassicHttpResponse response = connection.execute("", request, exchange, context);
        call.enter(LiveCall.Phase.BODY);
        Answer.Body kept = Answer.body(response.getEntity());
        if (exchange.sent() && !kept.truncated()) {
          keep = keep(request, response, context);
        }
        return new Outcome.Answered(
            response.getCode(),
            sent,
            Answer.headers(response),
            kept.bytes(),
            kept.truncated(),
            call.elapsed());
      } finally {
        release(connection, call, keep);
      }
    } catch (Exception e) {
      return unanswered(e, call, host, headers);
    } finally {
      if (cut != null) {
        cut.cancel(false);
      }
    }
  }

  private ConnectionEndpoint lease(HttpTarget target, LiveCall call)
      throws IOException, InterruptedException, TimeoutException, ExecutionException {
    Timeout wait = Timeout.ofMilliseconds(call.remainingMillis());
    var request = connections.lease("", target.route(), wait, null);
    try {
      ConnectionEndpoint connection = request.get(wait);
      call.hold(connection);
      return connection;
    } catch (InterruptedException e) {
      request.cancel();
      Thread.currentThread().interrupt();
      throw e;
    } catch (TimeoutException | ExecutionException e) {
      request.cancel();
      throw e;
    }
  }

  private void open(ConnectionEndpoint connection, LiveCall call, HttpClientContext context)
      throws IOException, TimeoutException {
    if (!connection.isConnected()) {
      Timeout limit =
          Timeout.ofMilliseconds(Math.min(CONNECT_LIMIT.toMillis(), call.remainingMillis()));
      ScopedValue.where(LiveCall.CURRENT, call)
          .call(() -> {
            connections.connect(connection, limit, context);
            return connection;
          });
    }
    if (call.expired()) {
      throw new TimeoutException();
    }
    call.enter(LiveCall.Phase.ANSWER);
  }

  /** How long the connection may wait for another call, or null for not at all. */
  private static @Nullable TimeValue keep(
      ClassicHttpRequest request, ClassicHttpResponse response, HttpClientContext context) {
    return DefaultConnectionReuseStrategy.INSTANCE.keepAlive(request, response, context)
        ? DefaultConnectionKeepAliveStrategy.INSTANCE.getKeepAliveDuration(response, context)
        : null;
  }

  /** Closes a connection that is not kept without a farewell: what comes on it is not awaited. */
  private void release(ConnectionEndpoint connection, LiveCall call, @Nullable TimeValue keep) {
    call.end();
    if (keep == null) {
      connection.close(CloseMode.IMMEDIATE);
    }
    connections.release(connection, null, keep == null ? TimeValue.ZERO_MILLISECONDS : keep);
  }

  private static Outcome unanswered(
      Exception e, LiveCall call, String host, Map<String, String> headers) {
    CallFailure failure = CallFailure.of(e, call, host);
    if (failure.errorClass() == ErrorClass.INTERNAL && !Thread.currentThread().isInterrupted()) {
      log.atWarn().setCause(e).addKeyValue("host", host).log("a call failed unexpectedly");
    }
    return new Outcome.Unanswered(failure.errorClass(), failure.message(), headers, call.elapsed());
  }

  private void evict() {
    connections.closeExpired();
    connections.closeIdle(ConnectionPool.IDLE);
  }

  /** Ends the calls that run. */
  @Override
  public void close() {
    connections.close(CloseMode.IMMEDIATE);
    timer.shutdownNow();
    lookup.close();
  }
}
