package dev.ringback.client;

import io.grpc.Channel;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.lang.ref.Cleaner;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;

/**
 * The way to Ringback: a channel that connects when it is asked to, and not when it thinks fit.
 *
 * <p>By itself a channel that lost its connection would wait for longer and longer, up to 2
 * minutes, and fail all calls meanwhile; and a call would wait for as long as it may for a
 * connection that is never made.
 *
 * <p>Thread-safe.
 */
final class Link {
  private static final int MAX_MESSAGE_BYTES = 32 << 20;

  /** How long the connection to one of the host's addresses may take. */
  private static final int CONNECT_MILLIS = 5_000;

  /** How long a try waits for a connection to any of them that speaks HTTP/2. */
  private static final Duration LONGEST = Duration.ofSeconds(10);

  /** How long a connection that failed before may take until a call is made that tells why. */
  private static final Duration AGAIN = Duration.ofMillis(250);

  /** Ends the channel of a client that was let go without being closed; gRPC would log an error. */
  private static final Cleaner CLEANER = Cleaner.create();

  private final String endpoint;
  private final ManagedChannel channel;
  private final Duration longest;
  private final Cleaner.Cleanable cleanable;

  /** Since when calls wait for a connection; 0 while none does. */
  private final AtomicLong waitingSince = new AtomicLong();

  private Link(String endpoint, NettyChannelBuilder builder, Duration longest) {
    this.endpoint = endpoint;
    this.longest = longest;
    this.channel =
        builder
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .userAgent("ringback-java/" + Version.TEXT)
            // What may be repeated is known here; see Calls.
            .disableRetry()
            .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
            // A connection that is dead without a word would be used by a watch that resumes, too.
            .keepAliveTime(15, TimeUnit.SECONDS)
            .keepAliveTimeout(10, TimeUnit.SECONDS)
            .build();
    this.cleanable = CLEANER.register(this, channel::shutdownNow);
  }

  /** Without TLS. */
  static Link plain(String endpoint, String host, int port) {
    return plain(endpoint, host, port, LONGEST);
  }

  /** The same, with another time to wait for a connection. */
  static Link plain(String endpoint, String host, int port, Duration longest) {
    return new Link(endpoint, builder(host, port).usePlaintext(), longest);
  }

  /** With the JDK's TLS: what gRPC prefers is native code, which the JDK warns of. */
  static Link secure(String endpoint, String host, int port, SSLContext tls) {
    SslContext jdk =
        new JdkSslContext(
            tls,
            true,
            Http2SecurityUtil.CIPHERS,
            SupportedCipherSuiteFilter.INSTANCE,
            new ApplicationProtocolConfig(
                Protocol.ALPN,
                SelectorFailureBehavior.NO_ADVERTISE,
                SelectedListenerFailureBehavior.ACCEPT,
                ApplicationProtocolNames.HTTP_2),
            ClientAuth.NONE,
            null,
            false);
    return new Link(endpoint, builder(host, port).sslContext(jdk), LONGEST);
  }

  @SuppressWarnings("deprecation") // The only way to a resolver that is not all channels'.
  private static NettyChannelBuilder builder(String host, int port) {
    return NettyChannelBuilder.forAddress(host, port)
        .nameResolverFactory(HostResolver.factory(host, port));
  }

  Channel channel() {
    return channel;
  }

  /** The exception of a call that failed in the client's eyes. */
  RingbackException failure(Code code, String words) {
    return RingbackException.of(code, endpoint + ": " + words);
  }

  /** The exception of a call that failed. */
  RingbackException failure(Throwable e) {
    return RingbackException.from(e, endpoint);
  }

  /**
   * Waits until there is a connection, or the next call can tell why there is none.
   *
   * @param atMost how long, if that is shorter than it waits anyway
   * @throws RingbackException {@code UNAVAILABLE} when there is none by then; {@code CANCELLED}
   *     when the client was closed
   */
  void connect(Duration atMost) {
    reconnect();
    Duration time = Durations.shorter(atMost, longest);
    long end = System.nanoTime() + time.toNanos();
    ConnectivityState state = channel.getState(true);
    while (state == ConnectivityState.IDLE || state == ConnectivityState.CONNECTING) {
      waitingSince.compareAndSet(0, System.nanoTime());
      long left = end - System.nanoTime();
      if (left <= 0 || !changes(state, left)) {
        // Not because of one call that has little time.
        if (System.nanoTime() - waitingSince.get() >= longest.toNanos()) {
          leave();
        }
        throw failure(Code.UNAVAILABLE, "no connection within " + Durations.seconds(time));
      }
      state = channel.getState(true);
    }
    waitingSince.set(0);
  }

  /**
   * Connects at once where the last connection failed, or waits for a moment.
   *
   * @throws RingbackException {@code CANCELLED} when the client was closed
   */
  void reconnect() {
    if (channel.isShutdown()) {
      throw RingbackException.of(Code.CANCELLED, "the client is closed");
    }
    if (channel.getState(true) == ConnectivityState.TRANSIENT_FAILURE) {
      channel.resetConnectBackoff();
      var unused = changes(ConnectivityState.TRANSIENT_FAILURE, AGAIN.toNanos());
    }
  }

  /** Gives up a connection that is not made in time; the next call begins anew. */
  void leave() {
    waitingSince.set(0);
    if (channel.getState(false) != ConnectivityState.READY) {
      channel.enterIdle();
    }
  }

  void close() {
    cleanable.clean();
  }

  private boolean changes(ConnectivityState state, long nanos) {
    CountDownLatch changed = new CountDownLatch(1);
    channel.notifyWhenStateChanged(state, changed::countDown);
    try {
      return changed.await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw RingbackException.of(Code.CANCELLED, "interrupted");
    }
  }
}
