package dev.ringback.server.engine;

import dev.ringback.server.job.Outcome.ErrorClass;
import java.io.EOFException;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.SocketTimeoutException;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.MalformedChunkCodingException;
import org.apache.hc.core5.http.MessageConstraintException;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.apache.hc.core5.http.TruncatedChunkException;

/**
 * Why a call failed: a class for programs and a sentence for people, from what was thrown and how
 * far the call was.
 *
 * <p>A time-out while TCP connects is CONNECT_TIMEOUT, whichever limit it hit; any other is
 * TIMEOUT, and the sentence says what was waited for.
 */
record CallFailure(ErrorClass errorClass, String message) {
  private static final List<String> KNOWN_REASONS =
      List.of(
          "Connection refused",
          "Connection reset",
          "Network is unreachable",
          "No route to host",
          "Host is unreachable");

  static CallFailure of(Exception e, LiveCall call, String host) {
    if (Thread.currentThread().isInterrupted()) {
      return new CallFailure(ErrorClass.INTERNAL, "the call was interrupted");
    }
    if (call.expired() || e instanceof SocketTimeoutException || e instanceof TimeoutException) {
      return timeout(e, call, host);
    }
    return switch (call.phase()) {
      case POOL, LOOKUP -> unreached(e, host);
      case CONNECT ->
          e instanceof IOException
              ? new CallFailure(ErrorClass.CONNECT, "no connection to " + host + connectReason(e))
              : internal();
      case HANDSHAKE ->
          e instanceof IOException
              ? new CallFailure(ErrorClass.TLS, "no TLS connection to " + host + tlsReason(e))
              : internal();
      case ANSWER -> broken(e, "before it answered");
      case BODY -> broken(e, "before its answer was whole");
    };
  }

  private static CallFailure timeout(Exception e, LiveCall call, String host) {
    Duration limit = call.deadline();
    if (e instanceof SocketTimeoutException && !call.expired()) {
      limit = HttpCaller.CONNECT_LIMIT;
    }
    String within = " within " + seconds(limit);
    return switch (call.phase()) {
      case POOL -> new CallFailure(ErrorClass.TIMEOUT, "no connection was free" + within);
      case LOOKUP ->
          new CallFailure(ErrorClass.TIMEOUT, "the name " + host + " was not resolved" + within);
      case CONNECT ->
          new CallFailure(ErrorClass.CONNECT_TIMEOUT, "no connection to " + host + within);
      case HANDSHAKE ->
          new CallFailure(ErrorClass.TIMEOUT, "no TLS handshake with " + host + within);
      case ANSWER -> new CallFailure(ErrorClass.TIMEOUT, "no answer" + within);
      case BODY -> new CallFailure(ErrorClass.TIMEOUT, "no whole answer" + within);
    };
  }

  private static CallFailure unreached(Exception e, String host) {
    return switch (e) {
      case BlockedAddressException blocked ->
          new CallFailure(ErrorClass.BLOCKED_ADDRESS, String.valueOf(blocked.getMessage()));
      case UnknownHostException unknown ->
          new CallFailure(ErrorClass.DNS, "the name " + host + " has no address");
      case URISyntaxException bad ->
          new CallFailure(ErrorClass.PROTOCOL, "the URL is not valid: " + bad.getReason());
      case IllegalArgumentException bad ->
          new CallFailure(ErrorClass.PROTOCOL, "the request is not valid: " + bad.getMessage());
      default -> internal();
    };
  }

  private static CallFailure broken(Exception e, String when) {
    return switch (e) {
      case NoHttpResponseException closed -> closed(when);
      case ConnectionClosedException closed -> closed(when);
      case TruncatedChunkException closed -> closed(when);
      case EOFException closed -> closed(when);
      case MessageConstraintException limit ->
          protocol(" (more than 200 headers, or a line longer than 16 KiB)");
      case HttpException bad -> protocol("");
      case MalformedChunkCodingException bad -> protocol(" (its chunks)");
      case SSLException tls ->
          tls.getCause() instanceof IOException
              ? closed(when)
              : new CallFailure(ErrorClass.TLS, "the TLS connection broke " + when);
      case IOException broken -> closed(when);
      default -> internal();
    };
  }

  private static CallFailure closed(String when) {
    return new CallFailure(ErrorClass.CLOSED, "the target closed the connection " + when);
  }

  private static CallFailure protocol(String what) {
    return new CallFailure(ErrorClass.PROTOCOL, "the answer is not valid HTTP" + what);
  }

  private static CallFailure internal() {
    return new CallFailure(ErrorClass.INTERNAL, "an error inside Ringback; its log says more");
  }

  /** The words of the system, such as "Connection refused", without the address in front. */
  private static String connectReason(Exception e) {
    String text = String.valueOf(e.getMessage());
    for (String known : KNOWN_REASONS) {
      if (text.contains(known)) {
        return ": " + known;
      }
    }
    return "";
  }

  private static String tlsReason(Exception e) {
    if (e instanceof SSLPeerUnverifiedException) {
      return ": its certificate is for another name";
    }
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertificateException) {
        String text = String.valueOf(cause.getMessage());
        return text.startsWith("No subject alternative") || text.startsWith("No name matching")
            ? ": its certificate is for another name"
            : ": its certificate is not trusted";
      }
    }
    return e instanceof SSLException
        ? ": the handshake failed"
        : ": it closed during the handshake";
  }

  /** 300 ms as "0.3 s", 30 s as "30 s". */
  private static String seconds(Duration limit) {
    return BigDecimal.valueOf(limit.toMillis(), 3).stripTrailingZeros().toPlainString() + " s";
  }
}
