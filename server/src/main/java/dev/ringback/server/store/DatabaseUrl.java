package dev.ringback.server.store;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the database is and who we are there.
 *
 * @param jdbcUrl without user and password
 */
public record DatabaseUrl(String jdbcUrl, Optional<String> user, Optional<String> password) {
  private static final Pattern LIBPQ =
      Pattern.compile("postgres(?:ql)?://(?:([^@/:]*)(?::([^@/]*))?@)?(.+)");

  /**
   * Reads {@code postgresql://user:password@host:port,host:port/db?parameters}, the form of libpq,
   * or a JDBC URL.
   *
   * @throws IllegalArgumentException when it is neither; the message holds no part of the text,
   *     which may be a secret
   */
  public static DatabaseUrl parse(String text) {
    if (text.startsWith("jdbc:postgresql:")) {
      return new DatabaseUrl(text, Optional.empty(), Optional.empty());
    }
    Matcher url = LIBPQ.matcher(text);
    if (!url.matches()) {
      throw new IllegalArgumentException(
          "must be postgresql://user:password@host:port/database or a jdbc:postgresql: URL");
    }
    return new DatabaseUrl(
        "jdbc:postgresql://" + url.group(3),
        Optional.ofNullable(url.group(1)).map(DatabaseUrl::decode),
        Optional.ofNullable(url.group(2)).map(DatabaseUrl::decode));
  }

  private static String decode(String part) {
    return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** Without the password, which must reach no log. */
  @Override
  public String toString() {
    return "DatabaseUrl[" + jdbcUrl.replaceAll("\\?.*", "") + "]";
  }
}
