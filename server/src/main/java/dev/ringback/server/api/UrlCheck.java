package dev.ringback.server.api;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether a text is a URL that Ringback can call. */
final class UrlCheck {
  private static final int MAX_LENGTH = 8_192;

  /** Looser than {@link URI}: host names in a container network may hold an underscore. */
  private static final Pattern AUTHORITY =
      Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._~-]+)(?::(\\d{0,5}))?");

  private UrlCheck() {}

  /** What is wrong with it, as the end of a sentence that begins with the field's name. */
  static Optional<String> problem(String url) {
    if (url.isEmpty()) {
      return Optional.of("is required");
    }
    if (url.length() > MAX_LENGTH) {
      return Optional.of("must have at most " + MAX_LENGTH + " characters");
    }
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      return Optional.of(
          "is not a valid URL: %s at character %d; other characters must be percent-encoded"
              .formatted(e.getReason().toLowerCase(Locale.ROOT), e.getIndex() + 1));
    }
    if (!uri.isAbsolute()) {
      return Optional.of("must be absolute, such as https://example.com/path");
    }
    String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
    if (!scheme.equals("http") && !scheme.equals("https")) {
      return Optional.of("must begin with http:// or https://, not " + uri.getScheme() + ":");
    }
    return authorityProblem(uri.getRawAuthority() == null ? "" : uri.getRawAuthority());
  }

  private static Optional<String> authorityProblem(String authority) {
    if (authority.contains("@")) {
      return Optional.of(
          "must not hold a user name or password; send an Authorization header instead");
    }
    Matcher parts = AUTHORITY.matcher(authority);
    if (!parts.matches()) {
      return Optional.of("must name a host in ASCII (punycode for others) and a port, if any");
    }
    String port = parts.group(2);
    if (port != null && !port.isEmpty()) {
      int number = Integer.parseInt(port);
      if (number < 1 || number > 65_535) {
        return Optional.of("must have a port from 1 to 65535");
      }
    }
    return Optional.empty();
  }
}
