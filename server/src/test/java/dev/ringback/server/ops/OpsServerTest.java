package dev.ringback.server.ops;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class OpsServerTest {
  private static InetSocketAddress at(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  @Test
  void isToldFromWhateverElseAnswers() throws Exception {
    int port;
    try (var ops = new OpsServer(at(0), () -> false)) {
      port = ops.port();
      assertThat(OpsServer.answersAt(port)).as("a node that is not ready").isTrue();
    }
    assertThat(OpsServer.answersAt(port)).as("nobody").isFalse();
    HttpServer other = HttpServer.create(at(0), 0);
    other.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, 2);
          try (var body = exchange.getResponseBody()) {
            body.write(new byte[] {'o', 'k'});
          }
        });
    other.start();
    try {
      assertThat(OpsServer.answersAt(other.getAddress().getPort())).as("another server").isFalse();
    } finally {
      other.stop(0);
    }
  }
}
