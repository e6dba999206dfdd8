package dev.ringback.server.engine.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ringback.server.job.TargetUrl;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is closed although all addresses are allowed. */
@Timeout(20)
class OwnPortsTest {
  private static final Duration AMPLE = Duration.ofSeconds(10);

  private final OwnPorts own = new OwnPorts();
  private final Resolver resolver =
      new Resolver(
          new HostLookup(OwnPortsTest::names, 8, System::nanoTime),
          AddressGuard.parse("0.0.0.0/0,::/0"),
          own);

  private static InetAddress[] names(String host) throws UnknownHostException {
    String address =
        Map.of(
                "localhost", "127.0.0.1",
                "pointed.test", "127.0.0.5",
                "db.test", "10.1.2.3",
                "alias.test", "10.1.2.3",
                "web.test", "10.1.2.4")
            .get(host);
    if (address == null) {
      throw new UnknownHostException(host);
    }
    return new InetAddress[] {InetAddress.ofLiteral(address)};
  }

  @BeforeEach
  void close() {
    own.add(9090);
    own.add("db.test", 5432);
  }

  @AfterEach
  void end() {
    resolver.close();
  }

  private Optional<Exception> refusal(String url) {
    try {
      resolver.resolve(1, TargetUrl.parse(url), AMPLE);
      return Optional.empty();
    } catch (UnknownHostException e) {
      return Optional.of(e);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0.0.1:%d/",
        "http://127.1:%d/",
        "http://127.200.3.4:%d/",
        "http://2130706433:%d/",
        "http://0.0.0.0:%d/",
        "http://localhost:%d/",
        "http://[::1]:%d/",
        "http://[::]:%d/",
        "http://[::ffff:127.0.0.1]:%d/",
        "http://[64:ff9b::7f00:1]:%d/",
      })
  void aPortOfThisMachineIsClosedAtAllItsAddresses(String url) {
    assertThat(refusal(url.formatted(9090)))
        .get()
        .isInstanceOf(BlockedAddressException.class)
        .extracting(Exception::getMessage)
        .asString()
        .matches("callbacks may not reach port 9090 of [^ ]+");
    assertThat(refusal(url.formatted(9091))).isEmpty();
  }

  @Test
  void andAtThoseOfItsInterfaces() throws Exception {
    for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
      for (InetAddress address : each.inetAddresses().toList()) {
        String host = address.getHostAddress().split("%", 2)[0];
        String url = "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":9090/";
        assertThat(refusal(url)).as(url).isPresent();
      }
    }
  }

  /** What a name means inside is not told, so it is as one that there is not. */
  @Test
  void aNameForThisMachineIsAsOneThatThereIsNot() {
    assertThat(refusal("http://pointed.test:9090/"))
        .get()
        .isExactlyInstanceOf(UnknownHostException.class);
    assertThat(refusal("http://pointed.test:9091/")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"db.test", "alias.test", "10.1.2.3", "[::ffff:10.1.2.3]"})
  void aPortOfAnotherMachineIsClosedThere(String host) {
    assertThat(refusal("http://" + host + ":5432/")).isPresent();
    assertThat(refusal("http://" + host + ":9090/")).isEmpty();
    assertThat(refusal("http://web.test:5432/")).isEmpty();
    assertThat(refusal("http://127.0.0.1:5432/")).isEmpty();
  }

  @Test
  void aServiceOnThisMachineIsClosedAtAllItsAddresses() {
    own.add("localhost", 5433);
    assertThat(refusal("http://127.0.0.7:5433/")).isPresent();
    assertThat(refusal("http://[::1]:5433/")).isPresent();
  }

  /** While its name is not to be resolved, it may be anywhere. */
  @Test
  void aServiceThatIsNotFoundMayBeAnywhere() {
    own.add("gone.test", 6543);
    assertThatThrownBy(() -> resolver.resolve(1, TargetUrl.parse("http://8.8.8.8:6543/"), AMPLE))
        .isInstanceOf(BlockedAddressException.class);
  }
}
