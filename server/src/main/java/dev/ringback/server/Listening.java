package dev.ringback.server;

import dev.ringback.server.config.Listen;
import dev.ringback.server.config.Listen.Address;
import dev.ringback.server.launch.LaunchException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** The addresses that the node's ports listen on, and what its operator is told if they can't. */
final class Listening {
  private Listening() {}

  static InetAddress http(Listen listen) {
    return resolved("RINGBACK_BIND_ADDRESS", listen.http());
  }

  static InetAddress grpc(Listen listen) {
    return resolved("RINGBACK_GRPC_BIND_ADDRESS", listen.grpc());
  }

  static InetAddress ops(Listen listen) {
    return resolved("RINGBACK_OPS_BIND_ADDRESS", listen.ops());
  }

  private static InetAddress resolved(String setting, Address address) {
    try {
      return InetAddress.getByName(address.host());
    } catch (UnknownHostException e) {
      throw new LaunchException(
          "%s must be an IP address of this machine, or a name of one: nobody knows %s"
              .formatted(setting, address.host()),
          e);
    }
  }

  /**
   * What to tell of a port that can't be had.
   *
   * @param name as it stands in the names of its settings, such as {@code GRPC}
   */
  static LaunchException refused(String name, Address address, IOException cause) {
    return new LaunchException(
        ("can't listen on %s port %d (%s): set RINGBACK_%s_PORT to a free port, or to 0 for any,"
                + " and RINGBACK_%s_BIND_ADDRESS to an address of this machine")
            .formatted(address.host(), address.port(), cause.getMessage(), name, name),
        cause);
  }
}
