package dev.ringback.server.engine.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressGuardTest {
  private final AddressGuard strict = AddressGuard.parse("");

  /** First and last address of each closed block, and its neighbours outside (or "-"). */
  @ParameterizedTest
  @CsvSource({
    "-, 0.0.0.0, 0.255.255.255, 1.0.0.0",
    "9.255.255.255, 10.0.0.0, 10.255.255.255, 11.0.0.0",
    "100.63.255.255, 100.64.0.0, 100.127.255.255, 100.128.0.0",
    "126.255.255.255, 127.0.0.0, 127.255.255.255, 128.0.0.0",
    "168.63.129.15, 168.63.129.16, 168.63.129.16, 168.63.129.17",
    "169.253.255.255, 169.254.0.0, 169.254.255.255, 169.255.0.0",
    "172.15.255.255, 172.16.0.0, 172.31.255.255, 172.32.0.0",
    "191.255.255.255, 192.0.0.0, 192.0.0.255, 192.0.1.0",
    "192.0.1.255, 192.0.2.0, 192.0.2.255, 192.0.3.0",
    "192.88.98.255, 192.88.99.0, 192.88.99.255, 192.88.100.0",
    "192.167.255.255, 192.168.0.0, 192.168.255.255, 192.169.0.0",
    "198.17.255.255, 198.18.0.0, 198.19.255.255, 198.20.0.0",
    "198.51.99.255, 198.51.100.0, 198.51.100.255, 198.51.101.0",
    "203.0.112.255, 203.0.113.0, 203.0.113.255, 203.0.114.0",
    "223.255.255.255, 224.0.0.0, 255.255.255.255, -",
    "-, ::, 1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, 2000::",
    "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff, 2001::, 2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff, 2001:200::",
    "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff, 2001:db8::, 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff, 2001:db9::",
    "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff, 2002::, 2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff, 2003::",
    "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff, 3fff::, 3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff, 3fff:1000::",
    "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, 4000::, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, -",
  })
  void knowsTheEdgesOfEachBlock(String before, String first, String last, String after) {
    assertThat(strict.allows(address(first))).as(first).isFalse();
    assertThat(strict.allows(address(last))).as(last).isFalse();
    if (!before.equals("-")) {
      assertThat(strict.allows(address(before))).as(before).isTrue();
    }
    if (!after.equals("-")) {
      assertThat(strict.allows(address(after))).as(after).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "169.254.169.254",
        "::1",
        "::7f00:1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::808:808",
        "100::1",
        "2001::1",
        "2002:7f00:1::",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1"
      })
  void closesWhatHidesPrivateAddresses(String address) {
    assertThat(strict.allows(address(address))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"8.8.8.8", "2606:4700:4700::1111", "2a00:1450::1", "64:ff9b::808:808"})
  void letsPublicAddressesThrough(String address) {
    assertThat(strict.allows(address(address))).isTrue();
  }

  @Test
  void judgesMappedAddressesByTheIpv4AddressInside() {
    assertThat(strict.allows(mapped(127, 0, 0, 1))).isFalse();
    assertThat(strict.allows(mapped(10, 1, 2, 3))).isFalse();
    assertThat(strict.allows(mapped(8, 8, 8, 8))).isTrue();
    assertThat(AddressGuard.parse("10.0.0.0/8").allows(mapped(10, 1, 2, 3))).isTrue();
  }

  @Test
  void allowsTheBlocksGivenAndNoMore() {
    AddressGuard guard = AddressGuard.parse(" 127.0.0.0/8, ::1/128,192.168.7.9 ");
    assertThat(guard.allows(address("127.9.9.9"))).isTrue();
    assertThat(guard.allows(address("::1"))).isTrue();
    assertThat(guard.allows(address("192.168.7.9"))).isTrue();
    assertThat(guard.allows(address("192.168.7.8"))).isFalse();
    assertThat(guard.allows(address("::2"))).isFalse();
    assertThat(guard.allows(address("10.0.0.1"))).isFalse();
  }

  /** Forms of loopback that URLs may hold; what the JDK does not read at all is as good. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "::1",
        "[::1]",
        "::ffff:127.0.0.1",
        "0",
        "0.0.0.0",
        "::"
      })
  void resolvesNoFormOfLoopback(String host) {
    assertThatThrownBy(() -> allowed(strict, host)).isInstanceOf(UnknownHostException.class);
  }

  /** Octal to C, decimal to the JDK: what counts is that the address judged is the one called. */
  @Test
  void readsLeadingZeroesAsDecimal() throws UnknownHostException {
    assertThat(allowed(strict, "0177.0.0.1")).containsExactly(address("177.0.0.1"));
  }

  @Test
  void saysThatAnAddressIsBlockedAndHowToAllowIt() {
    assertThatThrownBy(() -> allowed(strict, "127.0.0.1"))
        .isInstanceOf(BlockedAddressException.class)
        .hasMessage(
            "the address of 127.0.0.1 is not public; allow it with RINGBACK_CALLBACK_ALLOW");
  }

  @Test
  void resolvesToAllowedAddressesOnly() throws UnknownHostException {
    assertThat(allowed(AddressGuard.parse("127.0.0.0/8"), "localhost"))
        .containsExactly(address("127.0.0.1"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "example.com/8", "::/129", "x"})
  void refusesWhatIsNoCidr(String text) {
    assertThatThrownBy(() -> Cidr.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(text);
  }

  @Test
  void countsBitsWithinAByte() {
    Cidr block = Cidr.parse("100.64.0.0/10");
    assertThat(block.contains(address("100.127.1.1"))).isTrue();
    assertThat(block.contains(address("100.128.1.1"))).isFalse();
    assertThat(Cidr.parse("0.0.0.0/0").contains(address("::1"))).isFalse();
    assertThat(block).hasToString("100.64.0.0/10");
  }

  private static List<InetAddress> allowed(AddressGuard guard, String host)
      throws UnknownHostException {
    return guard.allowed(host, List.of(InetAddress.getAllByName(host)));
  }

  private static InetAddress address(String literal) {
    return InetAddress.ofLiteral(literal);
  }

  /** The JDK's parsers turn a mapped address into the IPv4 one; this keeps its sixteen bytes. */
  private static InetAddress mapped(int a, int b, int c, int d) {
    byte[] bytes = new byte[16];
    bytes[10] = (byte) 0xff;
    bytes[11] = (byte) 0xff;
    bytes[12] = (byte) a;
    bytes[13] = (byte) b;
    bytes[14] = (byte) c;
    bytes[15] = (byte) d;
    try {
      return Inet6Address.getByAddress(null, bytes, 0);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
