package dev.ringback.client;

import java.net.URI;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A connection to Ringback.
 *
 * <pre>{@code
 * try (var ringback = RingbackClient.create()) {
 *   Job job = ringback.jobs().create(
 *       CreateJob.to("https://example.com/api/send-reminder").delay(Duration.ofHours(24)));
 * }
 * }</pre>
 *
 * <p>Calls that fail throw {@link RingbackException}. Those that are safe to repeat are tried again
 * until their time ends while Ringback is unavailable, see {@link Builder#timeout}.
 *
 * <p>Thread-safe; make one and share it. Calls block, and are cheap on virtual threads;
 * interrupting the thread ends its call.
 */
public final class RingbackClient implements AutoCloseable {
  private final String endpoint;
  private final Link link;
  private final Jobs jobs;
  private final SigningSecrets signingSecrets;

  private RingbackClient(String endpoint, Link link, Calls calls) {
    this.endpoint = endpoint;
    this.link = link;
    this.jobs = new Jobs(calls);
    this.signingSecrets = new SigningSecrets(calls);
  }

  /**
   * A client by the environment alone: {@code RINGBACK_ENDPOINT}, by default {@code
   * http://127.0.0.1:8080}, and {@code RINGBACK_API_KEY}.
   *
   * @throws IllegalArgumentException when the key is missing, or the endpoint is not valid
   */
  public static RingbackClient create() {
    return builder().build();
  }

  /** A client with settings of its own; what is not set is as for {@link #create}. */
  public static Builder builder() {
    return new Builder(System::getenv);
  }

  /** Jobs: create, read, await, watch, cancel, and their history. */
  public Jobs jobs() {
    return jobs;
  }

  /** The secrets that the project's callbacks are signed with. */
  public SigningSecrets signingSecrets() {
    return signingSecrets;
  }

  /** Ends the calls and watches that run, and the connection. */
  @Override
  public void close() {
    link.close();
  }

  /** Without the key. */
  @Override
  public String toString() {
    return "RingbackClient[" + endpoint + "]";
  }

  /** The settings of a client. Not thread-safe. */
  public static final class Builder {
    private static final String ENDPOINT = "http://127.0.0.1:8080";

    private final UnaryOperator<@Nullable String> environment;
    private @Nullable String endpoint;
    private @Nullable String apiKey;
    private @Nullable SSLContext tls;
    private Duration timeout = Duration.ofSeconds(30);
    private int maxAttempts = Integer.MAX_VALUE;
    private Consumer<? super Retry> onRetry = retry -> {};

    Builder(UnaryOperator<@Nullable String> environment) {
      this.environment = environment;
    }

    /** Where Ringback listens: {@code http://host:port}, or {@code https://host:port} with TLS. */
    public Builder endpoint(String endpoint) {
      this.endpoint = endpoint;
      return this;
    }

    /** A key of the project, {@code rb_sk_…}. */
    public Builder apiKey(String apiKey) {
      this.apiKey = apiKey;
      return this;
    }

    /**
     * How to make TLS connections: with certificate authorities of one's own, or with a client
     * certificate. Only with an {@code https} endpoint. By default {@link SSLContext#getDefault}:
     * with the authorities that the JDK trusts.
     */
    public Builder tls(SSLContext tls) {
      this.tls = tls;
      return this;
    }

    /**
     * How long a call may take, with all its tries. Default 30 seconds.
     *
     * <p>While Ringback is unavailable, or the project has as much in hand as it may ({@link
     * Reason#PROJECT_LIMIT}), a call that is safe to repeat is tried again until then: reads,
     * cancels, and creates, which have an idempotency key. The waits in between double from 100 ms
     * to 2 s, and each is drawn at random from nothing to its length.
     */
    public Builder timeout(Duration timeout) {
      this.timeout = Calls.positive(timeout);
      return this;
    }

    /** How many times a call is tried at most. By default as often as its time allows. */
    public Builder maxAttempts(int maxAttempts) {
      if (maxAttempts < 1) {
        throw new IllegalArgumentException("maxAttempts must be at least 1");
      }
      this.maxAttempts = maxAttempts;
      return this;
    }

    /**
     * Is told each time a try failed and will be made again: of a call, of {@link Jobs#await}, and
     * of a watch, which reconnects. It is for logs and figures, on the thread of the call: what it
     * throws is ignored.
     */
    public Builder onRetry(Consumer<? super Retry> onRetry) {
      this.onRetry = onRetry;
      return this;
    }

    /**
     * The client. Its connection is made with the first call, and made again when it breaks.
     *
     * @throws IllegalArgumentException when the key is missing, or the endpoint is not valid
     */
    public RingbackClient build() {
      String url = setting(endpoint, "RINGBACK_ENDPOINT", ENDPOINT);
      String key = setting(apiKey, "RINGBACK_API_KEY", "");
      if (key.isEmpty()) {
        throw new IllegalArgumentException(
            "the API key is missing: set RINGBACK_API_KEY, or call apiKey(…)");
      }
      if (!key.matches("[!-~]+")) {
        throw new IllegalArgumentException(
            "the API key must be visible ASCII characters, without spaces or line ends");
      }
      URI uri = uri(url);
      boolean secure = uri.getScheme().equals("https");
      if (tls != null && !secure) {
        throw new IllegalArgumentException("tls needs an https:// endpoint");
      }
      int port = uri.getPort() > 0 ? uri.getPort() : secure ? 443 : 80;
      Link link =
          secure
              ? Link.secure(url, uri.getHost(), port, tls == null ? trustedByTheJdk() : tls)
              : Link.plain(url, uri.getHost(), port);
      return new RingbackClient(url, link, new Calls(link, key, timeout, maxAttempts, onRetry));
    }

    private String setting(@Nullable String given, String name, String otherwise) {
      if (given != null) {
        return given.strip();
      }
      String value = environment.apply(name);
      return value == null || value.isBlank() ? otherwise : value.strip();
    }

    private static SSLContext trustedByTheJdk() {
      try {
        return SSLContext.getDefault();
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalArgumentException("the JDK's settings for TLS are wrong", e);
      }
    }

    private static URI uri(String url) {
      try {
        URI uri = URI.create(url);
        boolean known = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
        if (known
            && uri.getHost() != null
            && uri.getUserInfo() == null
            && uri.getPath().matches("/?")) {
          return uri;
        }
      } catch (IllegalArgumentException e) {
        // Not a URL at all.
      }
      throw new IllegalArgumentException(
          "the endpoint must be http://host:port or https://host:port");
    }
  }
}
