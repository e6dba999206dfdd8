package dev.ringback.server.api.read;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** A method of HTTP. */
public final class MethodField {
  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

  private MethodField() {}

  /** In upper case; empty for none. */
  public static Optional<String> read(String field, String text, Violations violations) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    String method = text.toUpperCase(Locale.ROOT);
    if (!METHODS.contains(method)) {
      violations.add(field, "must be one of GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS");
    }
    return Optional.of(method);
  }
}
