package dev.ringback.client;

import static java.util.Objects.requireNonNull;

import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
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
 * <p>Calls that fail throw {@link RingbackException}. Those that are safe to repeat are repeated
 * while Ringback is unavailable, see {@link Builder#maxAttempts}.
 *
 * <p>Thread-safe; make one and share it. Calls block, and are cheap on virtual threads;
 * interrupting the thread ends its call.
 */
public final class RingbackClient implements AutoCloseable {
  private static final int MAX_MESSAGE_BYTES = 32 << 20;

  private final String endpoint;
  private final ManagedChannel channel;
  private final Jobs jobs;
  private final SigningSecrets signingSecrets;

  private RingbackClient(String endpoint, ManagedChannel channel, Calls calls) {
    this.endpoint = endpoint;
    this.channel = channel;
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
    channel.shutdownNow();
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
    private @Nullable ChannelCredentials tls;
    private Duration timeout = Duration.ofSeconds(30);
    private int maxAttempts = 4;

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
     * How to make TLS connections, for example with a certificate authority of one's own: {@code
     * TlsChannelCredentials.newBuilder().trustManager(file).build()}. Only with an {@code https}
     * endpoint. By default with the authorities that the JDK trusts.
     */
    public Builder tls(ChannelCredentials tls) {
      this.tls = tls;
      return this;
    }

    /** How long a call may take, with all its repetitions. Default 30 seconds. */
    public Builder timeout(Duration timeout) {
      if (!timeout.isPositive()) {
        throw new IllegalArgumentException("timeout must be positive");
      }
      this.timeout = timeout;
      return this;
    }

    /**
     * How many times a call is tried in all when Ringback is unavailable, if it is safe to repeat:
     * reads, cancels, and creates, which have an idempotency key. Default 4; 1 for once. The waits
     * in between double from 100 ms to 2 s and are jittered.
     */
    public Builder maxAttempts(int maxAttempts) {
      if (maxAttempts < 1) {
        throw new IllegalArgumentException("maxAttempts must be at least 1");
      }
      this.maxAttempts = maxAttempts;
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
      ManagedChannel channel =
          Grpc.newChannelBuilderForAddress(uri.getHost(), port, credentials(secure))
              .maxInboundMessageSize(MAX_MESSAGE_BYTES)
              .userAgent("ringback-java/" + Version.TEXT)
              // What may be repeated is known here; see Calls.
              .disableRetry()
              // A connection that is dead without a word would be used by a watch that resumes,
              // too.
              .keepAliveTime(15, TimeUnit.SECONDS)
              .keepAliveTimeout(10, TimeUnit.SECONDS)
              .build();
      return new RingbackClient(url, channel, new Calls(channel, key, timeout, maxAttempts));
    }

    private String setting(@Nullable String given, String name, String otherwise) {
      if (given != null) {
        return given.strip();
      }
      String value = environment.apply(name);
      return value == null || value.isBlank() ? otherwise : value.strip();
    }

    private ChannelCredentials credentials(boolean secure) {
      return secure
          ? requireNonNull(tls == null ? TlsChannelCredentials.create() : tls)
          : InsecureChannelCredentials.create();
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
