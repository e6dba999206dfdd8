package dev.ringback.server.api.read;

import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** Headers that a job sends. */
public final class HeaderFields {
  private static final int MAX_COUNT = 100;
  private static final int MAX_CHARACTERS = 32 * 1024;

  /** A token of RFC 9110, 5.6.2. */
  private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

  /** Of one connection, not of the message: RFC 9110, 7.6.1. */
  private static final Set<String> HOP_BY_HOP =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authorization",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  /** Made from the URL and the body. */
  private static final Set<String> DERIVED = Set.of("host", "content-length", "expect");

  private HeaderFields() {}

  /** Headers that are a map. */
  public static Map<String, String> read(
      String field, Map<String, String> headers, Violations violations) {
    return read(field, headers, name -> field + "[" + name + "]", violations);
  }

  /**
   * Headers that are fields of their own.
   *
   * @param field what all of them are called
   * @param fieldOf what one is called
   */
  public static Map<String, String> read(
      String field,
      Map<String, String> headers,
      UnaryOperator<String> fieldOf,
      Violations violations) {
    if (headers.size() > MAX_COUNT) {
      violations.add(field, "must be at most " + MAX_COUNT);
    }
    int characters = 0;
    Set<String> seen = new HashSet<>();
    for (var header : headers.entrySet()) {
      String name = header.getKey();
      characters += name.length() + header.getValue().length();
      nameProblem(name, seen).ifPresent(problem -> violations.add(fieldOf.apply(name), problem));
      if (!isValue(header.getValue())) {
        violations.add(
            fieldOf.apply(name),
            "has an invalid value: visible ASCII characters, with spaces and tabs between them,"
                + " are allowed");
      }
    }
    if (characters > MAX_CHARACTERS) {
      violations.add(field, "must have at most " + MAX_CHARACTERS + " characters in all");
    }
    return headers;
  }

  private static Optional<String> nameProblem(String given, Set<String> seen) {
    if (!NAME.matcher(given).matches()) {
      return Optional.of(
          "has an invalid name: letters, digits and any of !#$%&'*+-.^_`|~ are allowed");
    }
    String name = given.toLowerCase(Locale.ROOT);
    if (!seen.add(name)) {
      return Optional.of("is given twice: case makes no difference in a name");
    }
    if (HOP_BY_HOP.contains(name)) {
      return Optional.of("is a hop-by-hop header, which only the connection itself may set");
    }
    if (DERIVED.contains(name)) {
      return Optional.of("is set by Ringback from the URL and the body");
    }
    boolean ours =
        name.equals("x-fliq-delivery-id")
            || name.startsWith("webhook-")
            || name.startsWith("x-ringback-");
    return ours ? Optional.of("is set by Ringback") : Optional.empty();
  }

  /**
   * Whether it is a field value of RFC 9110, 5.5, without its obsolete bytes beyond ASCII, and
   * without space at the ends, which no receiver keeps.
   */
  public static boolean isValue(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean end = i == 0 || i == text.length() - 1;
      boolean space = c == ' ' || c == '\t';
      if (c > '~' || (c < ' ' && c != '\t') || (end && space)) {
        return false;
      }
    }
    return true;
  }
}
