package dev.ringback.server.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** A real HTTP target that keeps what it was sent. */
final class CallbackTarget implements AutoCloseable {
  private final HttpServer server;
  private final List<Hit> hits = new CopyOnWriteArrayList<>();
  private volatile Function<Hit, Integer> status = _ -> 200;

  /**
   * One request.
   *
   * @param headers names in lower case
   */
  record Hit(String method, String path, Map<String, String> headers, byte[] body, Instant at) {
    String deliveryId() {
      return headers.getOrDefault("webhook-id", "");
    }

    int attempt() {
      return Integer.parseInt(headers.getOrDefault("x-ringback-attempt", "0"));
    }

    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  CallbackTarget() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1_000);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
  }

  String url(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  /** Answers with the status that is made of each request; may block. */
  void answer(Function<Hit, Integer> status) {
    this.status = status;
  }

  /** A call that is being made for as long as a test wants. */
  record Held(CountDownLatch called, CountDownLatch released) {
    void awaitCalled() throws InterruptedException {
      assertThat(called.await(20, TimeUnit.SECONDS)).as("it is called").isTrue();
    }

    void release() {
      released.countDown();
    }

    private int answer(Hit hit) {
      called.countDown();
      return hit.attempt() > 1 || isReleased() ? 200 : 500;
    }

    private boolean isReleased() {
      try {
        return released.await(60, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
  }

  /** Answers first attempts only once they are released; later ones at once. */
  Held holdFirstAttempts() {
    var held = new Held(new CountDownLatch(1), new CountDownLatch(1));
    answer(held::answer);
    return held;
  }

  List<Hit> hits() {
    return List.copyOf(hits);
  }

  List<Hit> hits(String path) {
    return hits.stream().filter(hit -> hit.path().equals(path)).toList();
  }

  private void answer(HttpExchange exchange) throws IOException {
    Map<String, String> headers = new LinkedHashMap<>();
    exchange
        .getRequestHeaders()
        .forEach((name, values) ->
            headers.put(name.toLowerCase(Locale.ROOT), String.join(", ", values)));
    Hit hit =
        new Hit(
            exchange.getRequestMethod(),
            exchange.getRequestURI().getPath(),
            headers,
            exchange.getRequestBody().readAllBytes(),
            Instant.now());
    hits.add(hit);
    byte[] body = "{\"ok\":true}".getBytes(StandardCharsets.UTF_8);
    try (exchange) {
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(
          status.apply(hit), exchange.getRequestMethod().equals("HEAD") ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
