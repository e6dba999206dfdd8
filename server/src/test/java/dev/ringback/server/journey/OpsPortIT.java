package dev.ringback.server.journey;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The operator's port of a real node, among connections that mean no good. */
class OpsPortIT {
  private static final String READY = "GET /readyz HTTP/1.1\r\nHost: ops\r\n\r\n";

  /** More than the 10 s that a connection has. */
  private static final int DEADLINE_MILLIS = 30_000;

  private static final int AT_ONCE_MILLIS = 2_000;

  @RegisterExtension private static final SharedNode shared = new SharedNode();

  @Test
  void answersAmongSilentAndSlowConnectionsAndClosesThem() throws Exception {
    List<Socket> silent = new ArrayList<>();
    List<Socket> slow = new ArrayList<>();
    try (ScheduledExecutorService drip = Executors.newSingleThreadScheduledExecutor()) {
      int port = URI.create(shared.node().readyUrl()).getPort();
      try {
        for (int i = 0; i < 500; i++) {
          silent.add(connect(port));
        }
        for (int i = 0; i < 50; i++) {
          slow.add(connect(port, "GET /readyz HTTP/1.1\r\nX-Slow: "));
          slow.add(connect(port, "POST /readyz HTTP/1.1\r\nContent-Length: 10000\r\n\r\n"));
        }
        drip.scheduleAtFixedRate(
            () -> slow.forEach(socket -> say(socket, "x")), 0, 200, TimeUnit.MILLISECONDS);

        assertThat(answer(connect(port, READY))).isEqualTo("HTTP/1.1 200 OK");
        Socket speaks = silent.removeLast();
        say(speaks, READY);
        assertThat(answer(speaks)).as("a connection that was silent").isEqualTo("HTTP/1.1 200 OK");

        assertThat(silent).allMatch(OpsPortIT::isClosed);
        assertThat(slow).allMatch(OpsPortIT::isClosed);
        assertThat(answer(connect(port, READY))).isEqualTo("HTTP/1.1 200 OK");
      } finally {
        for (Socket socket : silent) {
          socket.close();
        }
        for (Socket socket : slow) {
          socket.close();
        }
      }
    }
  }

  private static Socket connect(int port) throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), port);
  }

  private static Socket connect(int port, String words) throws IOException {
    Socket socket = connect(port);
    say(socket, words);
    return socket;
  }

  private static void say(Socket socket, String words) {
    try {
      socket.getOutputStream().write(words.getBytes(US_ASCII));
    } catch (IOException e) {
      // Closed; the test looks for that by reading.
    }
  }

  /** The first line of an answer that comes at once. */
  private static String answer(Socket socket) throws IOException {
    try (socket) {
      socket.setSoTimeout(AT_ONCE_MILLIS);
      return new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII))
          .readLine();
    }
  }

  /** Whether the node ends the connection by the deadline, whatever it answers before. */
  private static boolean isClosed(Socket socket) {
    try {
      socket.setSoTimeout(DEADLINE_MILLIS);
      socket.getInputStream().skipNBytes(Long.MAX_VALUE);
      return false;
    } catch (EOFException | SocketException e) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
