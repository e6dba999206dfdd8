package dev.ringback.server.launch;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The few questions and orders that a running Envoy takes on its admin socket. It is a socket in a
 * folder of ours, not a port: whoever can connect to it can end Envoy, or have it log keys.
 */
record EnvoyAdmin(Path socket) {
  private static final Duration TIMEOUT = Duration.ofSeconds(1);

  boolean ready() {
    try {
      return call("GET", "/ready").strip().equals("LIVE");
    } catch (IOException notYet) {
      return false;
    }
  }

  /** The port that a listener is bound to. */
  int port(String listener) throws IOException {
    for (JsonNode status :
        new JsonMapper()
            .readTree(call("GET", "/listeners?format=json"))
            .path("listener_statuses")) {
      if (status.path("name").asString().equals(listener)) {
        return status.path("local_address").path("socket_address").path("port_value").asInt();
      }
    }
    throw new IOException("Envoy has no listener " + listener);
  }

  /** Asks clients to go: health checks fail, and each answer closes its connection. */
  void drain() throws IOException {
    call("POST", "/healthcheck/fail");
    call("POST", "/drain_listeners?graceful&skip_exit");
  }

  /** Whether no request is being answered. */
  boolean idle() throws IOException {
    return counts("http.ringback.downstream_rq_active", 0);
  }

  /** Whether it has seen that the node is ready, which {@code /healthz} tells. */
  boolean serving() throws IOException {
    return counts("cluster.ringback.membership_healthy", 1);
  }

  private boolean counts(String what, int wanted) throws IOException {
    return call("GET", "/stats?filter=" + what + "$").strip().endsWith(": " + wanted);
  }

  /** What Envoy answers. Java's own HTTP client knows no Unix sockets. */
  private String call(String method, String path) throws IOException {
    String request =
        method
            + " "
            + path
            + " HTTP/1.1\r\nHost: envoy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      Thread limit = Thread.ofVirtual().start(() -> closeLater(channel));
      try {
        ByteBuffer bytes = StandardCharsets.US_ASCII.encode(request);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        return content(Channels.newInputStream(channel).readAllBytes());
      } finally {
        limit.interrupt();
      }
    }
  }

  private static void closeLater(SocketChannel channel) {
    try {
      Thread.sleep(TIMEOUT);
      channel.close();
    } catch (InterruptedException | IOException done) {
      Thread.currentThread().interrupt();
    }
  }

  /** The content of an answer that ends with its connection (RFC 9112, 6). */
  private static String content(byte[] answer) throws IOException {
    String text = new String(answer, StandardCharsets.ISO_8859_1);
    int end = text.indexOf("\r\n\r\n");
    if (!text.startsWith("HTTP/1.1 200 ") || end < 0) {
      throw new IOException("Envoy's admin socket answers " + text.lines().findFirst().orElse(""));
    }
    String head = text.substring(0, end).toLowerCase(Locale.ROOT);
    String body = text.substring(end + 4);
    byte[] content =
        (head.contains("transfer-encoding: chunked") ? joined(body) : body)
            .getBytes(StandardCharsets.ISO_8859_1);
    return new String(content, StandardCharsets.UTF_8);
  }

  private static String joined(String chunks) throws IOException {
    StringBuilder joined = new StringBuilder();
    for (int at = 0; ; ) {
      int line = chunks.indexOf("\r\n", at);
      if (line < 0) {
        throw new IOException("Envoy's admin socket answers half an answer");
      }
      int size = Integer.parseInt(chunks.substring(at, line).strip(), 16);
      if (size == 0) {
        return joined.toString();
      }
      at = line + 2 + size + 2;
      if (at > chunks.length()) {
        throw new IOException("Envoy's admin socket answers half an answer");
      }
      joined.append(chunks, line + 2, line + 2 + size);
    }
  }
}
