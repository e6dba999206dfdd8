package dev.ringback.server.engine.http;

import dev.ringback.server.job.TargetUrl;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Decides which IP addresses callbacks may reach, so that a job's URL cannot be turned against the
 * network that Ringback runs in: public unicast addresses, and the blocks that the operator allows.
 *
 * <p>Sources: RFC 6890 and the IANA IPv4 and IPv6 Special-Purpose Address Registries, IANA's IPv6
 * address space (only {@code 2000::/3} is given out as global unicast), RFC 5771 and RFC 4291
 * (multicast). Immutable; any thread may use it.
 */
public final class AddressGuard {
  private static final List<Cidr> CLOSED_IPV4 =
      blocks(
          "0.0.0.0/8", // this network, RFC 791
          "10.0.0.0/8", // private, RFC 1918
          "100.64.0.0/10", // shared by carriers, RFC 6598
          "127.0.0.0/8", // loopback, RFC 1122
          "168.63.129.16/32", // Azure's host agent: public by number only
          "169.254.0.0/16", // link-local and the clouds' metadata, RFC 3927
          "172.16.0.0/12", // private, RFC 1918
          "192.0.0.0/24", // IETF protocols, RFC 6890
          "192.0.2.0/24", // documentation, RFC 5737
          "192.88.99.0/24", // 6to4 relays, withdrawn by RFC 7526
          "192.168.0.0/16", // private, RFC 1918
          "198.18.0.0/15", // benchmarks, RFC 2544
          "198.51.100.0/24", // documentation, RFC 5737
          "203.0.113.0/24", // documentation, RFC 5737
          "224.0.0.0/4", // multicast, RFC 5771
          "240.0.0.0/4"); // reserved, RFC 1112, with the broadcast address

  /**
   * All addresses outside it are closed: ::, ::1, 64:ff9b:1::/48, 100::/64, 5f00::/16, fc00::/7,
   * fe80:: …
   */
  private static final Cidr GLOBAL_IPV6 = Cidr.parse("2000::/3");

  private static final List<Cidr> CLOSED_IPV6 =
      blocks(
          "2001::/23", // IETF protocols with Teredo (2001::/32), RFC 2928 and RFC 4380
          "2001:db8::/32", // documentation, RFC 3849
          "2002::/16", // 6to4, RFC 3056: an IPv4 address in disguise
          "3fff::/20"); // documentation, RFC 9637

  /** IPv4 in the last four bytes: mapped (RFC 4291) and translated (NAT64, RFC 6052). */
  private static final List<Cidr> EMBEDDING =
      List.of(new Cidr(mappedZero(), 96), Cidr.parse("64:ff9b::/96"));

  private final List<Cidr> allow;

  private AddressGuard(List<Cidr> allow) {
    this.allow = List.copyOf(allow);
  }

  /**
   * Makes a guard from blocks that have been parsed.
   *
   * @param allow blocks that callbacks may reach although they are not public
   */
  public static AddressGuard of(List<Cidr> allow) {
    return new AddressGuard(allow);
  }

  /** Reads a list such as {@code 127.0.0.0/8,::1/128}; empty allows nothing beyond the public. */
  public static AddressGuard parse(String allow) {
    return new AddressGuard(
        Stream.of(allow.split(",", -1))
            .map(String::strip)
            .filter(part -> !part.isEmpty())
            .map(Cidr::parse)
            .toList());
  }

  /** Whether callbacks may reach this address. */
  public boolean allows(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (within(allow, bytes)) {
      return true;
    }
    if (bytes.length == 4) {
      return !within(CLOSED_IPV4, bytes);
    }
    if (within(EMBEDDING, bytes)) {
      byte[] embedded = Arrays.copyOfRange(bytes, 12, 16);
      return within(allow, embedded) || !within(CLOSED_IPV4, embedded);
    }
    return GLOBAL_IPV6.contains(bytes) && !within(CLOSED_IPV6, bytes);
  }

  /**
   * Those of a host's addresses that callbacks may reach, at least one. Connect to these and look
   * nothing up again: a second look-up could give other addresses.
   *
   * @param host a name in lower case or an address, in any form that the JDK reads
   * @throws BlockedAddressException if the host is an address that they may not reach, or a name
   *     that means this machine wherever it is
   * @throws UnknownHostException if it is another name, without an address that they may reach
   */
  List<InetAddress> allowed(String host, List<InetAddress> all) throws UnknownHostException {
    List<InetAddress> allowed = all.stream().filter(this::allows).toList();
    if (allowed.isEmpty()) {
      throw isTold(host) ? new BlockedAddressException(host) : new UnknownHostException(host);
    }
    return allowed;
  }

  /**
   * Whether a caller may be told that a host must not be reached: it is an address, or a name that
   * means this machine wherever it is (RFC 6761, 6.3). A caller must not be told whether another
   * name has addresses: that would tell which names exist in the network that Ringback runs in.
   */
  static boolean isTold(String host) {
    return TargetUrl.isAddress(host) || isThisMachine(host);
  }

  /** An address as what it is: an IPv4 address inside an IPv6 one is that IPv4 address. */
  static InetAddress plain(InetAddress address) {
    byte[] bytes = address.getAddress();
    try {
      return within(EMBEDDING, bytes)
          ? InetAddress.getByAddress(Arrays.copyOfRange(bytes, 12, 16))
          : address;
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an address", e);
    }
  }

  private static boolean isThisMachine(String name) {
    return ("." + TargetUrl.withoutDot(name)).endsWith(".localhost");
  }

  private static boolean within(List<Cidr> blocks, byte[] address) {
    for (Cidr block : blocks) {
      if (block.contains(address)) {
        return true;
      }
    }
    return false;
  }

  private static List<Cidr> blocks(String... texts) {
    return Stream.of(texts).map(Cidr::parse).toList();
  }

  /**
   * {@code ::ffff:0:0} as an IPv6 address; each parser of the JDK would turn it into an IPv4 one.
   */
  private static InetAddress mappedZero() {
    byte[] bytes = new byte[16];
    bytes[10] = (byte) 0xff;
    bytes[11] = (byte) 0xff;
    try {
      return Inet6Address.getByAddress(null, bytes, 0);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }
}
