package dev.ringback.server.engine.http;

import dev.ringback.server.job.Outcome.ErrorClass;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * Why a call failed: a class for programs and a sentence for people, made from what was thrown and
 * how far the call had come.
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

  private static final Pattern ALERT = Pattern.compile("Received fatal alert: ([a-z_]{1,40})");

  static CallFailure of(Exception e, LiveCall call, String host) {
    if (Thread.currentThread().isInterrupted()) {
      return new CallFailure(ErrorClass.INTERNAL, "the call was interrupted");
    }
    if (call.expired() || e instanceof SocketTimeoutException) {
      return timeout(e, call, host);
    }
    return switch (call.phase()) {
      case URL, LOOKUP -> unreached(e, host);
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
      limit = Dialer.LIMIT;
    }
    String within = " within " + seconds(limit);
    return switch (call.phase()) {
      case URL, LOOKUP ->
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
          new CallFailure(
              ErrorClass.DNS, "the name " + host + " has no address that callbacks may reach");
      case IllegalArgumentException bad ->
          new CallFailure(ErrorClass.PROTOCOL, "the request is not valid: " + bad.getMessage());
      default -> internal();
    };
  }

  private static CallFailure broken(Exception e, String when) {
    return switch (e) {
      case BadAnswerException bad ->
          new CallFailure(ErrorClass.PROTOCOL, "the answer is not valid HTTP: " + bad.getMessage());
      case SSLException tls ->
          new CallFailure(ErrorClass.TLS, "the TLS connection broke " + when + alert(tls));
      case IOException closed ->
          new CallFailure(ErrorClass.CLOSED, "the target closed the connection " + when);
      default -> internal();
    };
  }

  private static CallFailure internal() {
    return new CallFailure(ErrorClass.INTERNAL, "an error inside Ringback; its log says more");
  }

  /** The system's words, such as "Connection refused", without the address in front. */
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
      return ": " + e.getMessage();
    }
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      switch (cause) {
        case CertificateExpiredException _ -> {
          return ": its certificate has expired";
        }
        case CertificateNotYetValidException _ -> {
          return ": its certificate is not valid yet";
        }
        default -> {}
      }
    }
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertificateException) {
        return ": its certificate is not trusted";
      }
    }
    // The JDK says "Received close_notify during handshake", and "Unsupported or unrecognized SSL
    // message" or "Unrecognized SSL message".
    String text = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    if (!(e instanceof SSLException) || text.contains("close_notify")) {
      return ": it closed during the handshake";
    }
    return text.contains("recognized ssl message")
        ? ": it does not speak TLS"
        : ": the handshake failed" + alert(e);
  }

  /** The TLS alert that the target sent about it (RFC 8446, 6.2), in brackets. */
  private static String alert(Exception e) {
    Matcher alert = ALERT.matcher(String.valueOf(e.getMessage()));
    return alert.find() ? " (it sent " + alert.group(1) + ")" : "";
  }

  /** 300 ms as "0.3 s", 30 s as "30 s". */
  private static String seconds(Duration limit) {
    return BigDecimal.valueOf(limit.toMillis(), 3).stripTrailingZeros().toPlainString() + " s";
  }
}
