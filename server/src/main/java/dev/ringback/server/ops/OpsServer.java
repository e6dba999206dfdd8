package dev.ringback.server.ops;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;

/**
 * The operator's HTTP port: {@code /livez}, whether the process lives, and {@code /readyz}, whether
 * callbacks are made and calls accepted.
 */
public final class OpsServer implements AutoCloseable {
  private final HttpServer server;

  /**
   * Starts to answer.
   *
   * @throws IOException when the address can't be bound
   */
  public OpsServer(InetSocketAddress address, BooleanSupplier ready) throws IOException {
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

  private static void answer(HttpExchange exchange, String path, boolean well) throws IOException {
    // A context answers for every path that begins like it.
    boolean known = exchange.getRequestURI().getPath().equals(path);
    byte[] body =
        (known ? well ? "{\"status\":\"ok\"}\n" : "{\"status\":\"unavailable\"}\n" : "{}\n")
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
