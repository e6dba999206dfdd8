package dev.ringback.server.engine.http;

import java.net.InetAddress;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * Tells whom a certificate is for: by its subjectAltName alone, never by a common name (RFC 9110,
 * 4.3.4, and RFC 9525).
 */
final class CertificateNames {
  /** Types of names in RFC 5280, 4.2.1.6, as the JDK numbers them. */
  private static final int DNS_NAME = 2;

  private static final int IP_ADDRESS = 7;

  private CertificateNames() {}

  /**
   * Checks that a certificate is for a host.
   *
   * @param name the host's name in lower case; empty when it is an address
   * @param address the address that the connection leads to
   * @throws SSLPeerUnverifiedException with the end of a sentence that tells why not
   */
  static void check(X509Certificate certificate, String name, InetAddress address)
      throws SSLPeerUnverifiedException {
    int type = name.isEmpty() ? IP_ADDRESS : DNS_NAME;
    boolean any = false;
    for (List<?> alternative : alternatives(certificate)) {
      int given = (Integer) alternative.getFirst();
      any |= given == DNS_NAME || given == IP_ADDRESS;
      if (given == type
          && alternative.get(1) instanceof String text
          && (name.isEmpty() ? isAddress(text, address) : covers(text, name))) {
        return;
      }
    }
    throw new SSLPeerUnverifiedException(
        any
            ? "its certificate is for another name"
            : "its certificate names no host (it has no subjectAltName for one)");
  }

  private static Collection<List<?>> alternatives(X509Certificate certificate)
      throws SSLPeerUnverifiedException {
    try {
      Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
      return alternatives == null ? List.of() : alternatives;
    } catch (CertificateParsingException e) {
      throw new SSLPeerUnverifiedException("the subjectAltName of its certificate is not valid");
    }
  }

  private static boolean isAddress(String text, InetAddress address) {
    try {
      return InetAddress.ofLiteral(text).equals(address);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** A {@code *} stands for one whole label, the first (RFC 9525, 6.3). */
  private static boolean covers(String pattern, String name) {
    String given = pattern.toLowerCase(Locale.ROOT);
    if (!given.startsWith("*.")) {
      return given.equals(name);
    }
    int dot = name.indexOf('.');
    return dot > 0 && given.length() > 2 && given.substring(1).equals(name.substring(dot));
  }
}
