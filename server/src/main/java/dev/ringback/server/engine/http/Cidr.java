package dev.ringback.server.engine.http;

import java.net.InetAddress;

/**
 * A block of IP addresses, as in {@code 10.0.0.0/8} or {@code fc00::/7}.
 *
 * @param network any address of the block; bits after the prefix are ignored
 * @param prefix how many leading bits count, at most 32 or 128
 */
public record Cidr(InetAddress network, int prefix) {
  public Cidr {
    int bits = network.getAddress().length * 8;
    if (prefix < 0 || prefix > bits) {
      throw new IllegalArgumentException(
          "the prefix of %s must be from 0 to %d, not %d"
              .formatted(network.getHostAddress(), bits, prefix));
    }
  }

  /** Reads {@code ADDRESS/PREFIX}; an address alone is a block of one. Names are not looked up. */
  public static Cidr parse(String text) {
    String trimmed = text.strip();
    int slash = trimmed.indexOf('/');
    try {
      InetAddress network =
          InetAddress.ofLiteral(slash < 0 ? trimmed : trimmed.substring(0, slash));
      int prefix =
          slash < 0
              ? network.getAddress().length * 8
              : Integer.parseInt(trimmed.substring(slash + 1));
      return new Cidr(network, prefix);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "not a CIDR such as 10.0.0.0/8 or fc00::/7: \"" + text + '"', e);
    }
  }

  /** Whether the address is in this block; never so for one of the other IP version. */
  public boolean contains(InetAddress address) {
    return contains(address.getAddress());
  }

  boolean contains(byte[] address) {
    byte[] start = network.getAddress();
    if (start.length != address.length) {
      return false;
    }
    int whole = prefix / 8;
    for (int i = 0; i < whole; i++) {
      if (start[i] != address[i]) {
        return false;
      }
    }
    int rest = prefix % 8;
    return rest == 0 || (start[whole] ^ address[whole]) >> (8 - rest) == 0;
  }

  @Override
  public String toString() {
    return network.getHostAddress() + '/' + prefix;
  }
}
