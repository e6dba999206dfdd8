package dev.ringback.client;

import io.grpc.Status;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.ssl.NotSslRecordException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Says in words for people why a connection failed, instead of with the inside of a channel. */
final class Failures {
  private static final String CLOSED = "the connection was closed";

  private Failures() {}

  static String words(Status status) {
    return chain(status.getCause())
        .map(Failures::words)
        .filter(words -> !words.isEmpty())
        .findFirst()
        .orElseGet(() ->
            firstLine(status.getDescription())
                .replace("Network closed for unknown reason", CLOSED));
  }

  /**
   * Whether the connection broke, in whichever code gRPC says so: what is written to one that has
   * just been closed is {@code UNKNOWN}, what a proxy breaks off is {@code INTERNAL}.
   */
  static boolean isBroken(Status status) {
    return switch (status.getCode()) {
      case UNKNOWN, INTERNAL ->
          chain(status.getCause()).anyMatch(IOException.class::isInstance)
              || firstLine(status.getDescription()).startsWith("RST_STREAM closed stream");
      default -> false;
    };
  }

  /** What the JDK threw, without the exceptions of the libraries around it. */
  static @Nullable Throwable cause(Status status) {
    return chain(status.getCause())
        .filter(cause -> !cause.getClass().getName().matches("io\\.(grpc|netty)\\..*"))
        .findFirst()
        .orElse(null);
  }

  /** Of one cause; empty where those beneath it say more. */
  private static String words(Throwable cause) {
    return switch (cause) {
      case UnresolvedAddressException e -> "unknown host";
      case UnknownHostException e -> "unknown host";
      case ConnectTimeoutException e -> "no connection in time";
      case ConnectException e -> lowerFirst(firstLine(e.getMessage()).replaceFirst(": /.*", ""));
      case NotSslRecordException e -> "TLS failed: the other side does not speak TLS";
      case SSLException e -> "TLS failed: " + firstLine(root(e).getMessage());
      case Http2Exception e -> "the other side does not speak HTTP/2";
      // Of a connection that was there.
      case ClosedChannelException e -> CLOSED;
      case SocketException e -> lowerFirst(firstLine(e.getMessage()));
      default -> "";
    };
  }

  private static Throwable root(Throwable e) {
    return chain(e).reduce(e, (above, beneath) -> beneath);
  }

  private static Stream<Throwable> chain(@Nullable Throwable e) {
    return Stream.iterate(e, cause -> cause != null, Throwable::getCause).limit(20);
  }

  /** In further lines gRPC adds the parts of its transport, or what a proxy answered. */
  private static String firstLine(@Nullable String text) {
    return text == null ? "no further words" : text.lines().findFirst().orElse("");
  }

  private static String lowerFirst(String text) {
    return text.isEmpty() ? text : Character.toLowerCase(text.charAt(0)) + text.substring(1);
  }
}
