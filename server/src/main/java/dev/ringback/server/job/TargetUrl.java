package dev.ringback.server.job;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A URL that a job calls, and its parts. Two are the same when their texts are. */
public final class TargetUrl {
  private static final int MAX_LENGTH = 8_192;

  /** RFC 1035, 2.3.4. */
  private static final int MAX_LABEL = 63;

  private static final int MAX_NAME = 253;

  private static final int MAX_PORT = 65_535;

  /** Of a port that is no number. */
  private static final int NO_NUMBER = -1;

  private final String text;
  private final boolean secure;
  private final String authority;
  private final String host;
  private final int port;

  /** Splits a URL; what was never checked leads nowhere, but is not refused here. */
  private TargetUrl(String text) {
    this.text = text;
    this.secure = text.regionMatches(true, 0, "https:", 0, 6);
    int start = text.startsWith("//", text.indexOf(':') + 1) ? text.indexOf(':') + 3 : -1;
    this.authority = start < 0 ? "" : text.substring(start, endOfAuthority(start));
    int hostEnd = endOfHost(authority);
    this.host = host(authority, hostEnd);
    this.port = port(authority, hostEnd, secure);
  }

  /**
   * Takes a URL that a caller gave.
   *
   * @throws IllegalArgumentException with what is wrong with it, as the end of a sentence that
   *     begins with the field's name
   */
  public static TargetUrl parse(String url) {
    if (url.isEmpty()) {
      throw new IllegalArgumentException("is required");
    }
    if (url.length() > MAX_LENGTH) {
      throw new IllegalArgumentException("must have at most " + MAX_LENGTH + " characters");
    }
    checkScheme(uri(url));
    TargetUrl target = new TargetUrl(url);
    if (target.authority.indexOf('@') >= 0) {
      throw new IllegalArgumentException(
          "must not hold a user name or password; send an Authorization header instead");
    }
    // In lower case the Kelvin sign would be a k.
    if (!isAscii(target.authority) || !isHost(target.host) || target.port == NO_NUMBER) {
      throw new IllegalArgumentException(
          "must name a host in ASCII (punycode for others) and a port, if any");
    }
    if (!target.authority.startsWith("[")) {
      checkName(target.name());
    }
    if (target.port == 0 || target.port > MAX_PORT) {
      throw new IllegalArgumentException("must have a port from 1 to " + MAX_PORT);
    }
    return target;
  }

  /** A URL that was taken when its job was created, and has only to be split again. */
  public static TargetUrl stored(String url) {
    return new TargetUrl(url);
  }

  /** As the caller gave it. */
  public String text() {
    return text;
  }

  /** Whether the scheme is https. */
  public boolean secure() {
    return secure;
  }

  /** Host and port as in the URL: what {@code Host} says. */
  public String authority() {
    return authority;
  }

  /** In lower case; an IPv6 address without its brackets. */
  public String host() {
    return host;
  }

  /** The scheme's own where the URL has none. */
  public int port() {
    return port;
  }

  /**
   * Path and query as they are sent, never empty: the URL's, byte for byte, but that what is not
   * ASCII is percent-encoded as UTF-8. It is not normalized (RFC 3987, 3.1, step 1c).
   */
  public String path() {
    int start = endOfAuthority(text.indexOf(':') + 3);
    int fragment = text.indexOf('#', start);
    String path = percentEncoded(text.substring(start, fragment < 0 ? text.length() : fragment));
    return path.startsWith("/") ? path : "/" + path;
  }

  /** Whether it can be called: one that was refused can't. */
  public boolean isCallable() {
    boolean http = secure || text.regionMatches(true, 0, "http:", 0, 5);
    return http && !host.isEmpty() && port > 0 && port <= MAX_PORT;
  }

  /** Whether the host is an address rather than a name. */
  public boolean isAddress() {
    return isAddress(host);
  }

  /**
   * Whether a host is an address rather than a name. No name ends in a number: the JDK reads {@code
   * 127.1} and {@code 2130706433} as addresses.
   */
  public static boolean isAddress(String host) {
    if (host.indexOf(':') >= 0) {
      return true;
    }
    int at = host.length();
    while (at > 0 && isDigit(host.charAt(at - 1))) {
      at--;
    }
    return at < host.length() && (at == 0 || host.charAt(at - 1) == '.');
  }

  /**
   * The host without the dot that may end a name: so certificates and SNI have it (RFC 6066, 3).
   */
  public String name() {
    return withoutDot(host);
  }

  /** A host without the dot that may end a name. */
  public static String withoutDot(String host) {
    return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
  }

  private int endOfAuthority(int start) {
    int at = start;
    while (at < text.length() && "/?#".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    return at;
  }

  private static int endOfHost(String authority) {
    int end = authority.startsWith("[") ? authority.indexOf(']') + 1 : authority.indexOf(':');
    return end < 0 ? authority.length() : end;
  }

  private static String host(String authority, int end) {
    return authority.startsWith("[")
        ? authority.substring(1, Math.max(1, end - 1)).toLowerCase(Locale.ROOT)
        : authority.substring(0, end).toLowerCase(Locale.ROOT);
  }

  /** Of what follows the host: nothing, or a colon and perhaps digits (RFC 3986, 3.2.3). */
  private static int port(String authority, int start, boolean secure) {
    int length = authority.length() - start;
    if (length > 0 && authority.charAt(start) != ':') {
      return NO_NUMBER;
    }
    if (length <= 1) {
      return secure ? 443 : 80;
    }
    int port = 0;
    for (int at = start + 1; at < authority.length(); at++) {
      char digit = authority.charAt(at);
      if (!isDigit(digit) || at > start + 5) {
        return NO_NUMBER;
      }
      port = 10 * port + digit - '0';
    }
    return port;
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c < 0x80);
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static URI uri(String url) {
    try {
      return new URI(url);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(
          "is not a valid URL: %s at character %d; other characters must be percent-encoded"
              .formatted(e.getReason().toLowerCase(Locale.ROOT), e.getIndex() + 1),
          e);
    }
  }

  private static void checkScheme(URI uri) {
    if (!uri.isAbsolute()) {
      throw new IllegalArgumentException("must be absolute, such as https://example.com/path");
    }
    String scheme = uri.getScheme();
    if (!scheme.equalsIgnoreCase("https") && !scheme.equalsIgnoreCase("http")) {
      throw new IllegalArgumentException(
          "must begin with http:// or https://, not " + scheme + ":");
    }
  }

  /**
   * Whether it is an address, or made of the characters of a name. Looser than {@link URI}: host
   * names in a container network may hold an underscore.
   */
  private static boolean isHost(String host) {
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      if (!isDigit(c) && (c < 'a' || c > 'z') && "._~-:".indexOf(c) < 0) {
        return false;
      }
    }
    return !host.isEmpty();
  }

  private static void checkName(String name) {
    if (name.length() > MAX_NAME) {
      throw new IllegalArgumentException(
          "must have a host name of at most " + MAX_NAME + " characters");
    }
    for (String label : name.split("\\.", -1)) {
      if (label.isEmpty() || label.length() > MAX_LABEL) {
        throw new IllegalArgumentException(
            "must have a host name whose labels have 1 to " + MAX_LABEL + " characters each");
      }
      if (label.startsWith("-")) {
        throw new IllegalArgumentException("must have a host name in which no label begins with -");
      }
    }
  }

  private static String percentEncoded(String text) {
    if (isAscii(text)) {
      return text;
    }
    StringBuilder encoded = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      if (b >= 0) {
        encoded.append((char) b);
      } else {
        encoded.append('%').append(String.format(Locale.ROOT, "%02X", b & 0xff));
      }
    }
    return encoded.toString();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TargetUrl url && text.equals(url.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }
}
