package dev.ringback.server.engine.http;

import dev.ringback.server.job.TargetUrl;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Makes connections: finds the addresses that may be reached, connects to the first that accepts,
 * and shakes hands.
 *
 * <p>Thread-safe.
 */
final class Dialer implements AutoCloseable {
  /** How long one address may take to connect, and then its TLS handshake. */
  static final Duration LIMIT = Duration.ofSeconds(10);

  private final Resolver resolver;
  private final SSLContext trust;
  private final ScheduledExecutorService timer;

  Dialer(Resolver resolver, SSLContext trust, ScheduledExecutorService timer) {
    this.resolver = resolver;
    this.trust = trust;
    this.timer = timer;
  }

  /**
   * A new connection to a target, which the call holds.
   *
   * @param projectId whose call it is
   */
  Connection open(int projectId, TargetUrl target, LiveCall call) throws IOException {
    call.enter(LiveCall.Phase.LOOKUP);
    List<InetAddress> addresses = resolver.resolve(projectId, target, call.remaining());
    call.enter(LiveCall.Phase.CONNECT);
    IOException told = null;
    for (InetAddress address : addresses) {
      PlainWire wire;
      try {
        wire = PlainWire.connect(new InetSocketAddress(address, target.port()), limit(call), call);
      } catch (IOException e) {
        if (call.expired() || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        told = moreTelling(told, e);
        continue;
      }
      return new Connection(target.secure() ? tls(wire, target, address, call) : wire);
    }
    throw told == null ? new ConnectException("no address") : told;
  }

  private static Duration limit(LiveCall call) {
    Duration left = call.remaining();
    return left.compareTo(LIMIT) < 0 ? left : LIMIT;
  }

  private Wire tls(PlainWire wire, TargetUrl target, InetAddress address, LiveCall call)
      throws IOException {
    call.enter(LiveCall.Phase.HANDSHAKE);
    ScheduledFuture<?> cut = timer.schedule(wire::close, LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    try {
      String name = target.isAddress() ? "" : target.name();
      return TlsWire.open(wire, trust, name, target.port(), address);
    } catch (IOException | RuntimeException e) {
      call.letGo();
      wire.close();
      if (cut.isDone()) {
        throw new SocketTimeoutException("no handshake within the limit");
      }
      throw e;
    } finally {
      cut.cancel(false);
    }
  }

  /**
   * Of the errors of two addresses, the one that says more about the target; if both say as much,
   * the first.
   */
  private static IOException moreTelling(@Nullable IOException one, IOException other) {
    return one == null || weight(other) > weight(one) ? other : one;
  }

  /**
   * That a machine is there and refuses says most; that there is no route to its kind of address
   * says least.
   */
  private static int weight(IOException e) {
    String text = String.valueOf(e.getMessage());
    return switch (e) {
      case NoRouteToHostException _ -> 1;
      case SocketTimeoutException _ -> 2;
      default -> text.contains("unreachable") ? 0 : text.contains("refused") ? 4 : 3;
    };
  }

  @Override
  public void close() {
    resolver.close();
  }
}
