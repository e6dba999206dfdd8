package dev.ringback.server.engine.http;

import java.net.UnknownHostException;

/** The host is an address that callbacks may not reach, at all or at that port. */
public final class BlockedAddressException extends UnknownHostException {
  private static final long serialVersionUID = 1L;

  BlockedAddressException(String host) {
    super("the address of " + host + " is not public; allow it with RINGBACK_CALLBACK_ALLOW");
  }

  /** The address may be reached, but not at this port. What is there is not told. */
  BlockedAddressException(String host, int port) {
    super("callbacks may not reach port " + port + " of " + host);
  }
}
