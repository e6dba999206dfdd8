package dev.ringback.server.job;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A URL that can be called, and its parts.
 *
 * @param secure whether the scheme is https
 * @param authority host and port as in the URL: what {@code Host} says
 * @param host in lower case; an IPv6 address without its brackets
 * @param port the scheme's own where the URL has none
 * @param path path and query as they are sent, never empty: the URL's, byte for byte, but that what
 *     is not ASCII is percent-encoded as UTF-8. It is not normalized (RFC 3987, 3.1, step 1c)
 */
public record TargetUrl(boolean secure, String authority, String host, int port, String path) {
  private static final int MAX_LENGTH = 8_192;

  /** RFC 1035, 2.3.4. */
  private static final int MAX_LABEL = 63;

  private static final int MAX_NAME = 253;

  /** Looser than {@link URI}: host names in a container network may hold an underscore. */
  private static final Pattern AUTHORITY =
      Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._~-]+)(?::(\\d{0,5}))?");

  /** No name ends like this: the JDK reads {@code 127.1} and {@code 2130706433} as addresses. */
  private static final Pattern NUMERIC = Pattern.compile("(?:.*\\.)?\\d+");

  /**
   * Takes a URL apart.
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
    URI uri = uri(url);
    if (!uri.isAbsolute()) {
      throw new IllegalArgumentException("must be absolute, such as https://example.com/path");
    }
    String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
    boolean secure = scheme.equals("https");
    if (!secure && !scheme.equals("http")) {
      throw new IllegalArgumentException(
          "must begin with http:// or https://, not " + uri.getScheme() + ":");
    }
    String authority = uri.getRawAuthority() == null ? "" : uri.getRawAuthority();
    if (authority.contains("@")) {
      throw new IllegalArgumentException(
          "must not hold a user name or password; send an Authorization header instead");
    }
    Matcher parts = AUTHORITY.matcher(authority);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "must name a host in ASCII (punycode for others) and a port, if any");
    }
    return new TargetUrl(
        secure, authority, host(parts.group(1)), port(parts.group(2), secure), path(uri));
  }

  /** What is wrong with a URL, as {@link #parse} tells it; nothing if it can be called. */
  public static Optional<String> problem(String url) {
    try {
      parse(url);
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /** Whether the host is an address rather than a name. */
  public boolean isAddress() {
    return isAddress(host);
  }

  /** Whether a host is an address rather than a name. */
  public static boolean isAddress(String host) {
    return host.indexOf(':') >= 0 || NUMERIC.matcher(host).matches();
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

  private static String host(String text) {
    String host = text.toLowerCase(Locale.ROOT);
    if (host.startsWith("[")) {
      return host.substring(1, host.length() - 1);
    }
    String name = withoutDot(host);
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
    return host;
  }

  private static int port(@Nullable String text, boolean secure) {
    if (text == null || text.isEmpty()) {
      return secure ? 443 : 80;
    }
    int port = Integer.parseInt(text);
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("must have a port from 1 to 65535");
    }
    return port;
  }

  private static String path(URI uri) {
    String path = uri.getRawPath();
    String query = uri.getRawQuery();
    String whole = path == null || path.isEmpty() ? "/" : path;
    return percentEncoded(query == null ? whole : whole + '?' + query);
  }

  private static String percentEncoded(String text) {
    if (text.chars().allMatch(c -> c < 0x80)) {
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
}
