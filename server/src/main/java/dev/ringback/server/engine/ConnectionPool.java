package dev.ringback.server.engine;

import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.config.CharCodingConfig;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

/** The connections to targets: how many, how long they are kept, and what an answer may hold. */
final class ConnectionPool {
  private static final int MAX_HEADERS = 200;
  private static final int MAX_LINE_LENGTH = 16 * 1024;

  /** A connection is used no longer than this, since names come to mean other addresses. */
  private static final Timeout TIME_TO_LIVE = Timeout.ofSeconds(60);

  static final Timeout IDLE = Timeout.ofSeconds(30);

  /**
   * A target may close a connection that waits in the pool. Then a request written to it is lost,
   * and may not be sent again, as nobody knows whether it arrived. So a connection that waited is
   * looked at first; the look takes a millisecond where all is well, so a busy one is spared it.
   */
  private static final TimeValue LOOK_AFTER = TimeValue.ofSeconds(1);

  private ConnectionPool() {}

  static PoolingHttpClientConnectionManager open(int slots, HostLookup lookup, SSLContext trust) {
    DefaultClientTlsStrategy tls = new DefaultClientTlsStrategy(trust);
    TlsSocketStrategy noted =
        (socket, host, port, attachment, context) -> {
          LiveCall.CURRENT.get().enter(LiveCall.Phase.HANDSHAKE);
          return tls.upgrade(socket, host, port, attachment, context);
        };
    return PoolingHttpClientConnectionManagerBuilder.create()
        .setMaxConnTotal(slots)
        .setMaxConnPerRoute(slots)
        .setDnsResolver(lookup)
        .setTlsSocketStrategy(noted)
        .setDefaultConnectionConfig(
            ConnectionConfig.custom()
                .setTimeToLive(TIME_TO_LIVE)
                .setIdleTimeout(IDLE)
                .setValidateAfterInactivity(LOOK_AFTER)
                .build())
        .setConnectionFactory(
            ManagedHttpClientConnectionFactory.builder()
                .http1Config(
                    Http1Config.custom()
                        .setMaxHeaderCount(MAX_HEADERS)
                        .setMaxLineLength(MAX_LINE_LENGTH)
                        .build())
                .responseParserFactory(AnswerParser::new)
                .charCodingConfig(
                    // What is not ASCII in a header goes out as it came to us, as UTF-8.
                    CharCodingConfig.custom()
                        .setCharset(StandardCharsets.UTF_8)
                        .setMalformedInputAction(CodingErrorAction.REPLACE)
                        .setUnmappableInputAction(CodingErrorAction.REPLACE)
                        .build())
                .build())
        .build();
  }
}
