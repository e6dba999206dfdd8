package dev.ringback.server.engine;

import java.net.UnknownHostException;

/**
 * A host has addresses, but none that callbacks may reach. It is an {@link UnknownHostException}
 * because a resolver of the HTTP client may throw nothing else.
 */
public final class BlockedAddressException extends UnknownHostException {
  private static final long serialVersionUID = 1L;

  BlockedAddressException(String host) {
    super("the address of " + host + " is not public; allow it with RINGBACK_CALLBACK_ALLOW");
  }
}
