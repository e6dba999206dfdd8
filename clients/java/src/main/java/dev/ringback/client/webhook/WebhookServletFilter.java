package dev.ringback.client.webhook;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * Lets only callbacks of Ringback's through to servlets, and to what is built on them (Spring MVC,
 * for one). Others are answered with 401, bodies that are too large with 413.
 *
 * <p>What comes after it finds the {@link Delivery} by {@link #delivery}, and can read the body
 * again. Thread-safe.
 */
public final class WebhookServletFilter implements Filter {
  private static final String DELIVERY = Delivery.class.getName();

  private final WebhookVerifier verifier;
  private final int maxBodyBytes;

  /** Takes bodies of up to 1 MiB, the most that Ringback sends by default. */
  public WebhookServletFilter(WebhookVerifier verifier) {
    this(verifier, Refusal.MAX_BODY_BYTES);
  }

  public WebhookServletFilter(WebhookVerifier verifier, int maxBodyBytes) {
    this.verifier = verifier;
    this.maxBodyBytes = maxBodyBytes;
  }

  /**
   * The delivery of a request that came through the filter.
   *
   * @throws IllegalStateException when it did not
   */
  public static Delivery delivery(ServletRequest request) {
    if (request.getAttribute(DELIVERY) instanceof Delivery delivery) {
      return delivery;
    }
    throw new IllegalStateException("no WebhookServletFilter is before this");
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    HttpServletRequest http = (HttpServletRequest) request;
    byte[] body = Refusal.read(http.getInputStream(), maxBodyBytes);
    if (body.length > maxBodyBytes) {
      answer(response, Refusal.TOO_LARGE, Refusal.tooLarge());
      return;
    }
    Delivery delivery;
    try {
      delivery = verifier.verify(http::getHeader, body);
    } catch (WebhookVerificationException e) {
      answer(response, Refusal.UNAUTHORIZED, Refusal.json(e));
      return;
    }
    http.setAttribute(DELIVERY, delivery);
    chain.doFilter(new Again(http, body), response);
  }

  private static void answer(ServletResponse response, int status, byte[] json) throws IOException {
    ((HttpServletResponse) response).setStatus(status);
    response.setContentType("application/json");
    response.setContentLength(json.length);
    response.getOutputStream().write(json);
  }

  /** The request with its body to be read again. */
  private static final class Again extends HttpServletRequestWrapper {
    private final ByteArrayInputStream body;

    Again(HttpServletRequest request, byte[] body) {
      super(request);
      this.body = new ByteArrayInputStream(body);
    }

    @Override
    public BufferedReader getReader() {
      String encoding = getCharacterEncoding();
      Charset charset = encoding == null ? StandardCharsets.UTF_8 : Charset.forName(encoding);
      return new BufferedReader(new InputStreamReader(body, charset));
    }

    @Override
    public ServletInputStream getInputStream() {
      return new ServletInputStream() {
        @Override
        public int read() {
          return body.read();
        }

        @Override
        public int read(byte[] to, int offset, int length) {
          return body.read(to, offset, length);
        }

        @Override
        public boolean isFinished() {
          return body.available() == 0;
        }

        @Override
        public boolean isReady() {
          return true;
        }

        @Override
        public void setReadListener(ReadListener listener) {
          throw new IllegalStateException("the body is here already; read it");
        }
      };
    }
  }
}
