package dev.ringback.server.engine.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.job.Outcome.Answered;
import dev.ringback.server.job.Outcome.ErrorClass;
import dev.ringback.server.job.Outcome.Unanswered;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.security.NoSuchAlgorithmException;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hosts with several addresses, in the order in which they are tried. */
@Timeout(10)
class DialerTest {
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  /** To this address of the documentation there is no way, or it is refused by the system. */
  private static final String NOWHERE = "255.255.255.255";

  private static final String HERE = "127.0.0.1";

  private static HttpCaller caller(String... addresses) throws NoSuchAlgorithmException {
    InetAddress[] all =
        Stream.of(addresses).map(InetAddress::ofLiteral).toArray(InetAddress[]::new);
    return new HttpCaller(Calls.resolver(_ -> all), 2, "1", SSLContext.getDefault());
  }

  @Test
  void theNextIsTriedWhereOneCanNotBeReached() throws Exception {
    try (ScriptedTarget target = ScriptedTarget.answering(OK);
        HttpCaller caller = caller(NOWHERE, HERE)) {
      assertThat(Calls.get(caller, "http://several.test:" + target.port() + "/"))
          .isInstanceOf(Answered.class);
    }
  }

  /** That something is there and refuses says more than that there is no way. */
  @ParameterizedTest
  @ValueSource(strings = {NOWHERE + " " + HERE, HERE + " " + NOWHERE, "127.0.0.2 " + HERE})
  void theMostTellingErrorIsTold(String addresses) throws Exception {
    try (HttpCaller caller = caller(addresses.split(" ", -1))) {
      Unanswered failed =
          (Unanswered) Calls.get(caller, "http://several.test:" + closedPort() + "/");
      assertThat(failed.errorClass()).isEqualTo(ErrorClass.CONNECT);
      assertThat(failed.message()).isEqualTo("no connection to several.test: Connection refused");
    }
  }

  private static int closedPort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.ofLiteral(HERE))) {
      return free.getLocalPort();
    }
  }
}
