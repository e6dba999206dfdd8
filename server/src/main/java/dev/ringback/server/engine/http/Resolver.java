package dev.ringback.server.engine.http;

import dev.ringback.server.job.TargetUrl;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;

/**
 * Finds the addresses that a call may connect to. They are judged at each call, even where a name's
 * addresses were known already.
 *
 * <p>Thread-safe.
 */
final class Resolver implements AutoCloseable {
  /** Stands for the node's own look-ups: no project has this id. */
  private static final int NODE = 0;

  private final HostLookup lookup;
  private final AddressGuard guard;
  private final OwnPorts own;

  Resolver(HostLookup lookup, AddressGuard guard, OwnPorts own) {
    this.lookup = lookup;
    this.guard = guard;
    this.own = own;
  }

  /**
   * The addresses, at least one.
   *
   * @param projectId whose call it is
   * @param longest how long a look-up may take
   * @throws BlockedAddressException as {@link AddressGuard#allowed} does
   * @throws UnknownHostException when there is none, or none that may be reached
   */
  List<InetAddress> resolve(int projectId, TargetUrl target, Duration longest)
      throws UnknownHostException {
    int port = target.port();
    List<InetAddress> all = lookup.resolve(projectId, target.host(), port, longest);
    List<InetAddress> allowed = guard.allowed(target.host(), all);
    OwnPorts.Names names = host -> lookup.resolve(NODE, host, port, longest);
    List<InetAddress> reachable =
        allowed.stream().filter(address -> !own.contain(address, port, names)).toList();
    if (reachable.isEmpty()) {
      throw AddressGuard.isTold(target.host())
          ? new BlockedAddressException(target.host(), port)
          : new UnknownHostException(target.host());
    }
    return reachable;
  }

  @Override
  public void close() {
    lookup.close();
  }
}
