package dev.ringback.client;

import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.ProxyDetector;
import io.grpc.StatusOr;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Finds the addresses of Ringback's host, and finds them anew when the channel asks, after a lost
 * connection say. gRPC's own resolver logs a warning with a stack trace for each look-up that
 * fails; here the host is then handed on as it is, connecting to it fails, and the call tells why.
 *
 * <p>Thread-safe.
 */
final class HostResolver extends NameResolver {
  private final InetSocketAddress host;
  private final Executor executor;
  private final ProxyDetector proxies;
  private final AtomicBoolean busy = new AtomicBoolean();
  private volatile boolean found;
  private volatile @Nullable Listener2 listener;

  private HostResolver(InetSocketAddress host, Args args) {
    this.host = host;
    this.executor = Objects.requireNonNull(args.getOffloadExecutor());
    this.proxies = args.getProxyDetector();
  }

  /** Makes resolvers of one host, whatever they are asked for. */
  static NameResolver.Factory factory(String host, int port) {
    InetSocketAddress address = InetSocketAddress.createUnresolved(host, port);
    return new NameResolver.Factory() {
      @Override
      public NameResolver newNameResolver(URI target, Args args) {
        return new HostResolver(address, args);
      }

      @Override
      public String getDefaultScheme() {
        return "ringback";
      }
    };
  }

  @Override
  public String getServiceAuthority() {
    return host.getHostString() + ":" + host.getPort();
  }

  @Override
  public void start(Listener2 listener) {
    this.listener = listener;
    refresh();
  }

  @Override
  public void refresh() {
    if (busy.compareAndSet(false, true)) {
      executor.execute(this::resolve);
    }
  }

  private void resolve() {
    List<SocketAddress> addresses;
    try {
      addresses = addresses();
    } finally {
      busy.set(false);
    }
    Listener2 told = listener;
    if (told != null && !addresses.isEmpty()) {
      told.onResult(
          ResolutionResult.newBuilder()
              .setAddressesOrError(
                  StatusOr.fromValue(addresses.stream().map(EquivalentAddressGroup::new).toList()))
              .build());
    }
  }

  /** None when what was found before is still the best there is. */
  private List<SocketAddress> addresses() {
    try {
      SocketAddress proxy = proxies.proxyFor(host);
      List<SocketAddress> addresses =
          proxy == null
              ? addresses(InetAddress.getAllByName(host.getHostString()))
              : List.of(proxy);
      found = true;
      return addresses;
    } catch (IOException e) {
      // The host, or the proxy on the way to it, is not known.
      return found ? List.of() : List.of(host);
    }
  }

  private List<SocketAddress> addresses(InetAddress[] found) {
    return Arrays.stream(found)
        .<SocketAddress>map(address -> new InetSocketAddress(address, host.getPort()))
        .toList();
  }

  @Override
  public void shutdown() {
    listener = null;
  }
}
