package dev.ringback.server.api;

import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Whether a job may send these headers. */
final class HeaderCheck {
  private static final int MAX_COUNT = 100;
  private static final int MAX_CHARACTERS = 32 * 1024;

  /** A token of RFC 9110, 5.6.2. */
  private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

  /**
   * A field value of RFC 9110, 5.5, without its obsolete bytes beyond ASCII, and without space at
   * the ends, which no receiver keeps.
   */
  private static final Pattern VALUE = Pattern.compile("|[!-~]|[!-~][\\t -~]*[!-~]");

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

  private HeaderCheck() {}

  static void check(Map<String, String> headers, Violations violations) {
    if (headers.size() > MAX_COUNT) {
      violations.add("headers", "must be at most " + MAX_COUNT);
    }
    int characters = 0;
    Set<String> seen = new HashSet<>();
    for (var header : headers.entrySet()) {
      String name = header.getKey();
      characters += name.length() + header.getValue().length();
      String field = "headers[" + name + "]";
      if (!NAME.matcher(name).matches()) {
        violations.add(
            field, "has an invalid name: letters, digits and any of !#$%&'*+-.^_`|~ are allowed");
      } else if (!seen.add(name.toLowerCase(Locale.ROOT))) {
        violations.add(field, "is given twice: case makes no difference in a name");
      } else {
        checkName(field, name.toLowerCase(Locale.ROOT), violations);
      }
      if (!VALUE.matcher(header.getValue()).matches()) {
        violations.add(
            field,
            "has an invalid value: visible ASCII characters, with spaces and tabs between them,"
                + " are allowed");
      }
    }
    if (characters > MAX_CHARACTERS) {
      violations.add("headers", "must have at most " + MAX_CHARACTERS + " characters in all");
    }
  }

  private static void checkName(String field, String name, Violations violations) {
    if (HOP_BY_HOP.contains(name)) {
      violations.add(field, "is a hop-by-hop header, which only the connection itself may set");
    } else if (DERIVED.contains(name)) {
      violations.add(field, "is set by Ringback from the URL and the body");
    } else if (name.equals("x-fliq-delivery-id")
        || name.startsWith("webhook-")
        || name.startsWith("x-ringback-")) {
      violations.add(field, "is set by Ringback");
    }
  }
}
