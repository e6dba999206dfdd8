package dev.ringback.server.engine.http;

import dev.ringback.server.job.Callback;
import dev.ringback.server.job.Outcome;
import dev.ringback.server.job.Outcome.ErrorClass;
import dev.ringback.server.job.TargetUrl;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one call of a callback, in HTTP/1.1, and says what became of it. Blocks; meant for virtual
 * threads, any number at once.
 *
 * <p>What is recorded as sent is what was sent: nothing is redirected, decompressed or added. What
 * is taken for the answer is the answer to this call: {@link ConnectionPool} says when a connection
 * serves another call.
 */
public final class HttpCaller implements AutoCloseable {
  /** How many TLS sessions are kept, to be resumed: each holds the certificates of its target. */
  private static final int TLS_SESSIONS = 1_024;

  private static final Logger log = LoggerFactory.getLogger(HttpCaller.class);

  private final String userAgent;
  private final Dialer dialer;
  private final ConnectionPool pool;
  private final Timer timer;
  private final Set<LiveCall> live = ConcurrentHashMap.newKeySet();

  /**
   * @param own which ports are closed whatever the guard allows
   * @param slots how many connections there are at most, as long as no more calls run at once
   * @param version Ringback's, for User-Agent
   */
  public HttpCaller(AddressGuard guard, OwnPorts own, int slots, String version) {
    this(new Resolver(new HostLookup(), guard, own), slots, version, systemTrust());
  }

  HttpCaller(Resolver resolver, int slots, String version, SSLContext trust) {
    userAgent = "Ringback/" + version;
    timer = new Timer();
    dialer = new Dialer(resolver, trust, timer);
    pool = new ConnectionPool(slots);
    var _ = timer.scheduleWithFixedDelay(pool::sweep, 5, 5, TimeUnit.SECONDS);
  }

  /** The JDK's, with its system properties for key and trust stores. */
  private static SSLContext systemTrust() {
    try {
      SSLContext context = SSLContext.getDefault();
      context.getClientSessionContext().setSessionCacheSize(TLS_SESSIONS);
      return context;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has TLS", e);
    }
  }

  /**
   * Calls once. Whatever the target does is an {@link Outcome}, never an exception.
   *
   * @param projectId whose call it is
   * @param body what to send instead of the callback's own; let go as soon as it is no longer
   *     needed
   * @param extraHeaders Ringback's own, which replace the job's of the same name
   * @param deadline for the whole call, from the look-up of the name to the answer's last byte
   */
  public Outcome call(
      int projectId,
      Callback callback,
      Body body,
      Map<String, String> extraHeaders,
      Duration deadline) {
    LiveCall call = new LiveCall(deadline);
    Map<String, String> headers = Map.of();
    String host = "the host";
    ScheduledFuture<?> cut = null;
    live.add(call);
    pool.begin();
    try {
      TargetUrl target = callable(callback.url());
      host = target.host();
      headers = RequestHead.headers(callback, body.length(), target, extraHeaders, userAgent);
      byte[] head = RequestHead.bytes(callback.method(), target, headers);
      cut = timer.scheduleWithFixedDelay(call, deadline.toMillis(), 1_000, TimeUnit.MILLISECONDS);
      Answer answer = exchange(projectId, target, new Request(callback.method(), head, body), call);
      return new Outcome.Answered(
          answer.status(),
          headers,
          answer.headers(),
          answer.body().bytes(),
          answer.body().truncated(),
          call.elapsed());
    } catch (Exception e) {
      return unanswered(e, call, host, call.wasConnected() ? headers : Map.of());
    } finally {
      pool.end();
      live.remove(call);
      if (cut != null) {
        cut.cancel(false);
      }
    }
  }

  private static TargetUrl callable(TargetUrl url) {
    if (!url.isCallable()) {
      throw new IllegalArgumentException("the URL can't be called");
    }
    return url;
  }

  /**
   * Makes the call on a kept connection, where there is one; on a new one, where there is none or
   * where the target had left the kept one before it could have got the request.
   */
  private Answer exchange(int projectId, TargetUrl target, Request request, LiveCall call)
      throws IOException {
    var place = new ConnectionPool.Place(projectId, target.secure(), target.host(), target.port());
    Connection kept = pool.take(place);
    if (kept != null) {
      try {
        return exchange(place, kept, request, call);
      } catch (IOException e) {
        if (!mayRepeat(kept, request, e, call)) {
          throw e;
        }
      }
    }
    return exchange(place, dialer.open(projectId, target, call), request, call);
  }

  /**
   * Whether the request may be made again (RFC 9110, 9.2.2): the connection ended without a byte of
   * an answer, and the request never left, or means no more if it comes twice.
   */
  private static boolean mayRepeat(Connection kept, Request request, IOException e, LiveCall call) {
    return !kept.isAnswered()
        && (kept.hasSentNothing() || request.isRepeatable())
        && !(e instanceof BadAnswerException)
        && !call.expired()
        && !Thread.currentThread().isInterrupted();
  }

  private Answer exchange(
      ConnectionPool.Place place, Connection connection, Request request, LiveCall call)
      throws IOException {
    Duration keep = Duration.ZERO;
    call.hold(connection.wire());
    try {
      if (call.expired()) {
        throw new SocketTimeoutException("the deadline was up before the request was sent");
      }
      call.enter(LiveCall.Phase.ANSWER);
      boolean sent = connection.send(request);
      Answer answer = Answer.read(connection, request.method(), call);
      if (sent && connection.isEmpty()) {
        keep = answer.keep();
      }
      return answer;
    } finally {
      call.letGo();
      if (keep.isPositive() && !call.expired()) {
        pool.keep(place, connection, keep);
      } else {
        connection.close();
      }
    }
  }

  private static Outcome unanswered(
      Exception e, LiveCall call, String host, Map<String, String> headers) {
    CallFailure failure = CallFailure.of(e, call, host);
    if (failure.errorClass() == ErrorClass.INTERNAL && !Thread.currentThread().isInterrupted()) {
      log.atWarn().setCause(e).addKeyValue("host", host).log("a call failed unexpectedly");
    }
    return new Outcome.Unanswered(failure.errorClass(), failure.message(), headers, call.elapsed());
  }

  /** Ends the calls that run. */
  @Override
  public void close() {
    pool.close();
    timer.shutdownNow();
    live.forEach(LiveCall::run);
    dialer.close();
  }
}
