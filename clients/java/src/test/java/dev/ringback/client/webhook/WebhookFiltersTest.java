package dev.ringback.client.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Instant;
import java.util.EnumSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.eclipse.jetty.ee11.servlet.FilterHolder;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The filters, in real servers. */
@Timeout(60)
class WebhookFiltersTest {
  private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  private static final int MOST = 1_000;

  /** A server with a filter, whose handler answers with the delivery and with the body it reads. */
  interface Receiver extends AutoCloseable {
    int port();

    @Override
    void close() throws Exception;
  }

  interface Start {
    Receiver start() throws Exception;
  }

  static Stream<Start> servers() {
    return Stream.of(WebhookFiltersTest::jdk, WebhookFiltersTest::servlet);
  }

  private static byte[] answer(Delivery delivery, byte[] body) {
    return "%s %d %s %s"
        .formatted(delivery.id(), delivery.attempt(), delivery.text(), new String(body, UTF_8))
        .getBytes(UTF_8);
  }

  private static Receiver jdk() throws IOException {
    return jdk(exchange -> {});
  }

  /** What happens first is between the filter and the answer. */
  private static Receiver jdk(HttpHandler first) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server
        .createContext(
            "/",
            exchange -> {
              first.handle(exchange);
              byte[] answer =
                  answer(
                      WebhookFilter.delivery(exchange), exchange.getRequestBody().readAllBytes());
              exchange.sendResponseHeaders(200, answer.length);
              exchange.getResponseBody().write(answer);
              exchange.close();
            })
        .getFilters()
        .add(new WebhookFilter(WebhookVerifier.of(SECRET), MOST));
    server.start();
    return new Receiver() {
      @Override
      public int port() {
        return server.getAddress().getPort();
      }

      @Override
      public void close() {
        server.stop(0);
      }
    };
  }

  private static Receiver servlet() throws Exception {
    Server server = new Server(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    ServletContextHandler context = new ServletContextHandler();
    context.addFilter(
        new FilterHolder(new WebhookServletFilter(WebhookVerifier.of(SECRET), MOST)),
        "/*",
        EnumSet.of(DispatcherType.REQUEST));
    context.addServlet(
        new HttpServlet() {
          @Override
          protected void doPost(HttpServletRequest request, HttpServletResponse response)
              throws IOException {
            byte[] body =
                request.getQueryString() == null
                    ? request.getInputStream().readAllBytes()
                    : request.getReader().readLine().getBytes(UTF_8);
            response.getOutputStream().write(answer(WebhookServletFilter.delivery(request), body));
          }
        },
        "/*");
    server.setHandler(context);
    server.start();
    return new Receiver() {
      @Override
      public int port() {
        return ((ServerConnector) server.getConnectors()[0]).getLocalPort();
      }

      @Override
      public void close() throws Exception {
        server.stop();
      }
    };
  }

  private static HttpResponse<String> post(Receiver server, String path, String signed, String sent)
      throws Exception {
    Instant now = Instant.now();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .header("Webhook-Id", "exec_1")
            .header("Webhook-Timestamp", Long.toString(now.getEpochSecond()))
            .header(
                "Webhook-Signature",
                WebhookVerifier.sign(SECRET, "exec_1", now, signed.getBytes(UTF_8)))
            .header("X-Ringback-Attempt", "3")
            .POST(BodyPublishers.ofString(sent))
            .build();
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(request, BodyHandlers.ofString());
    }
  }

  @ParameterizedTest
  @MethodSource("servers")
  void letsACallbackThroughWithItsBody(Start start) throws Exception {
    try (Receiver server = start.start()) {
      for (String path : new String[] {"/", "/?reader"}) {
        HttpResponse<String> answer = post(server, path, "{\"a\":\"ä\"}", "{\"a\":\"ä\"}");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("exec_1 3 {\"a\":\"ä\"} {\"a\":\"ä\"}");
      }
    }
  }

  @Test
  void twoCallbacksAtATimeAreNotMixedUp() throws Exception {
    CountDownLatch firstIsThere = new CountDownLatch(1);
    CountDownLatch secondIsDone = new CountDownLatch(1);
    HttpHandler turns =
        exchange -> {
          if (exchange.getRequestURI().getPath().equals("/first")) {
            firstIsThere.countDown();
            await(secondIsDone);
          }
        };
    try (Receiver receiver = jdk(turns)) {
      var first = CompletableFuture.supplyAsync(() -> bodyOf(receiver, "/first", "one"));
      await(firstIsThere);
      assertThat(bodyOf(receiver, "/second", "two")).isEqualTo("exec_1 3 two two");
      secondIsDone.countDown();
      assertThat(first.get(20, TimeUnit.SECONDS)).isEqualTo("exec_1 3 one one");
    }
  }

  private static String bodyOf(Receiver server, String path, String body) {
    try {
      return post(server, path, body, body).body();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @ParameterizedTest
  @MethodSource("servers")
  void refusesAnAlteredBody(Start start) throws Exception {
    try (Receiver server = start.start()) {
      HttpResponse<String> answer = post(server, "/", "{\"a\":1}", "{\"a\":2}");
      assertThat(answer.statusCode()).isEqualTo(401);
      assertThat(answer.headers().firstValue("content-type").orElse(""))
          .contains("application/json");
      assertThat(answer.body())
          .isEqualTo("{\"reason\":\"no_matching_signature\",\"message\":\"no signature matches\"}");
    }
  }

  @ParameterizedTest
  @MethodSource("servers")
  void refusesABodyThatIsTooLarge(Start start) throws Exception {
    try (Receiver server = start.start()) {
      String large = "x".repeat(MOST + 1);
      assertThat(post(server, "/", large, large).statusCode()).isEqualTo(413);
      String most = "x".repeat(MOST);
      assertThat(post(server, "/", most, most).statusCode()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @MethodSource("servers")
  void refusesWhatIsNoCallback(Start start) throws Exception {
    try (Receiver server = start.start();
        HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/"))
              .POST(BodyPublishers.ofString("hello"))
              .build();
      HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(401);
      assertThat(answer.body()).contains("webhook-id is missing");
    }
  }
}
