package dev.ringback.server.engine.http;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The ports of this node's own parts and of its database, which no callback may reach, whatever is
 * allowed: a job must not speak to them in Ringback's name.
 *
 * <p>Thread-safe. A port that the system picks is added once it is known.
 */
public final class OwnPorts {
  private final Set<Integer> here = ConcurrentHashMap.newKeySet();
  private final Set<Service> services = ConcurrentHashMap.newKeySet();

  private record Service(String host, int port) {}

  /** Looks up the addresses of a service's host. */
  @FunctionalInterface
  interface Names {
    List<InetAddress> resolve(String host) throws UnknownHostException;
  }

  /** Closes a port of this machine, at all its addresses. */
  public void add(int port) {
    here.add(port);
  }

  /** Closes a port of a host, at all addresses that it has at the time of a call. */
  public void add(String host, int port) {
    services.add(new Service(host, port));
  }

  /** Whether an address and port are the node's own. */
  boolean contain(InetAddress address, int port, Names names) {
    InetAddress called = AddressGuard.plain(address);
    if (here.contains(port) && isHere(called)) {
      return true;
    }
    return services.stream()
        .filter(service -> service.port() == port)
        .anyMatch(service -> isAt(service.host(), called, names));
  }

  /** Where the host's addresses can't be found, any address may be one of them. */
  private static boolean isAt(String host, InetAddress called, Names names) {
    try {
      return names.resolve(host).stream()
          .map(AddressGuard::plain)
          .anyMatch(own -> own.equals(called) || (isHere(own) && isHere(called)));
    } catch (UnknownHostException e) {
      return true;
    }
  }

  /** Whether an address is this machine's: all that listens here may be found at it. */
  private static boolean isHere(InetAddress address) {
    try {
      return address.isLoopbackAddress()
          || address.isAnyLocalAddress()
          || NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException e) {
      return true;
    }
  }
}
