package dev.ringback.server.ops;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;

/**
 * The operator's HTTP port: {@code /livez}, whether the process lives, and {@code /readyz}, whether
 * callbacks are made and calls accepted.
 *
 * <p>Each request has a virtual thread, so no more of them run than there are connections.
 */
public final class OpsServer implements AutoCloseable {
  /**
   * What bounds connections, so that none is held by a client that says nothing, or says it slowly.
   * The JDK's server takes these only as system properties, and reads them when the first server is
   * made; a node makes no other.
   */
  private static final Map<String, String> LIMITS =
      Map.of(
          // In seconds: for a request to come, for its answer to be taken, and between requests.
          "sun.net.httpserver.maxReqTime", "10",
          "sun.net.httpserver.maxRspTime", "10",
          "sun.net.httpserver.idleInterval", "10",
          // How often the server looks, in milliseconds.
          "sun.net.httpserver.clockTick", "1000",
          "jdk.httpserver.maxConnections", "1000",
          "sun.net.httpserver.maxReqHeaderSize", "16384",
          // Bodies mean nothing here and are not waited for.
          "sun.net.httpserver.drainAmount", "0");

  private static final String WELL = "{\"status\":\"ok\"}\n";
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final HttpServer server;

  /**
   * Starts to answer.
   *
   * @throws IOException when the address can't be bound
   */
  public OpsServer(InetSocketAddress address, BooleanSupplier ready) throws IOException {
    LIMITS.forEach(System.getProperties()::putIfAbsent);
    server = HttpServer.create(address, 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/livez", exchange -> answer(exchange, "/livez", true));
    server.createContext("/readyz", exchange -> answer(exchange, "/readyz", ready.getAsBoolean()));
    server.start();
  }

  /** The port, also where 0 was asked for. */
  public int port() {
    return server.getAddress().getPort();
  }

  /** Whether a node's operator's port is there, on the loopback address. */
  public static boolean answersAt(int port) {
    try {
      var url = URI.create("http://127.0.0.1:" + port + "/livez").toURL();
      var connection = (HttpURLConnection) url.openConnection(Proxy.NO_PROXY);
      connection.setConnectTimeout((int) LOOK.toMillis());
      connection.setReadTimeout((int) LOOK.toMillis());
      try (var body = connection.getInputStream()) {
        return new String(body.readNBytes(WELL.length()), StandardCharsets.UTF_8).equals(WELL);
      }
    } catch (IOException e) {
      return false;
    }
  }

  private static void answer(HttpExchange exchange, String path, boolean well) throws IOException {
    // A context answers for every path that begins like it.
    boolean known = exchange.getRequestURI().getPath().equals(path);
    byte[] body =
        (known ? well ? WELL : "{\"status\":\"unavailable\"}\n" : "{}\n")
            .getBytes(StandardCharsets.UTF_8);
    try (exchange) {
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(known ? well ? 200 : 503 : 404, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
