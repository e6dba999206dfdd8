package dev.ringback.client.webhook;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpExchange;
import java.io.ByteArrayInputStream;
import java.io.IOException;

/**
 * Lets only callbacks of Ringback's through to a handler of the JDK's HTTP server. Others are
 * answered with 401, bodies that are too large with 413.
 *
 * <pre>{@code
 * server.createContext("/callback", exchange -> {
 *   Delivery delivery = WebhookFilter.delivery(exchange);
 *   …
 * }).getFilters().add(new WebhookFilter(verifier));
 * }</pre>
 *
 * <p>The handler can read the body again. A filter behind this one that sets other streams hides
 * the delivery. Thread-safe.
 */
public final class WebhookFilter extends Filter {
  private final WebhookVerifier verifier;
  private final int maxBodyBytes;

  /** Takes bodies of up to 1 MiB, the most that Ringback sends by default. */
  public WebhookFilter(WebhookVerifier verifier) {
    this(verifier, Refusal.MAX_BODY_BYTES);
  }

  public WebhookFilter(WebhookVerifier verifier, int maxBodyBytes) {
    this.verifier = verifier;
    this.maxBodyBytes = maxBodyBytes;
  }

  /**
   * The delivery of an exchange that came through the filter.
   *
   * @throws IllegalStateException when it did not
   */
  public static Delivery delivery(HttpExchange exchange) {
    if (exchange.getRequestBody() instanceof VerifiedBody body) {
      return body.delivery;
    }
    throw new IllegalStateException("no WebhookFilter is before this handler");
  }

  @Override
  public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
    byte[] body = Refusal.read(exchange.getRequestBody(), maxBodyBytes);
    if (body.length > maxBodyBytes) {
      answer(exchange, Refusal.TOO_LARGE, Refusal.tooLarge());
      return;
    }
    Delivery delivery;
    try {
      delivery = verifier.verify(exchange.getRequestHeaders()::getFirst, body);
    } catch (WebhookVerificationException e) {
      answer(exchange, Refusal.UNAUTHORIZED, Refusal.json(e));
      return;
    }
    exchange.setStreams(new VerifiedBody(delivery), null);
    chain.doFilter(exchange);
  }

  private static void answer(HttpExchange exchange, int status, byte[] json) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, json.length);
    exchange.getResponseBody().write(json);
    exchange.close();
  }

  /**
   * The body to be read again, which carries its delivery to the handler. An attribute would not
   * do: those of this server belong to the context, and are the same for all requests at a time.
   */
  private static final class VerifiedBody extends ByteArrayInputStream {
    private final Delivery delivery;

    VerifiedBody(Delivery delivery) {
      super(delivery.body());
      this.delivery = delivery;
    }
  }

  @Override
  public String description() {
    return "lets callbacks of Ringback's through, by their signature";
  }
}
