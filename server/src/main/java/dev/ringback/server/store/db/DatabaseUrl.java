package dev.ringback.server.store.db;

import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/**
 * Where the database is and who we are there.
 *
 * @param jdbcUrl without user and password
 */
public record DatabaseUrl(String jdbcUrl, Optional<String> user, Optional<String> password) {
  private static final Pattern LIBPQ =
      Pattern.compile("postgres(?:ql)?://(?:([^@/:?]*)(?::([^@/?]*))?@)?(.+)", Pattern.DOTALL);

  /** A user or password where a JDBC URL has none: it would be taken for a host or a port. */
  private static final Pattern WITH_USER =
      Pattern.compile("jdbc:postgresql:[^?]*@.*", Pattern.DOTALL);

  private static final Pattern SERVERS = Pattern.compile("jdbc:postgresql://([^/?]*)");
  private static final Pattern SERVER =
      Pattern.compile("(?:\\[[^\\]]*]|[^:\\[\\]]*)(?::(\\d{1,9}))?");

  private static final String RIGHT =
      "must be postgresql://user:password@host:port/database, with @ : / ? and % in user and"
          + " password percent-encoded, or a jdbc:postgresql: URL, with user and password as"
          + " parameters";

  /**
   * Reads {@code postgresql://user:password@host:port,host:port/db?parameters}, the form of libpq,
   * or a JDBC URL.
   *
   * @throws IllegalArgumentException when it is neither; the message holds no part of the text,
   *     which may be a secret
   */
  public static DatabaseUrl parse(String text) {
    if (text.startsWith("jdbc:postgresql:")) {
      return checked(new DatabaseUrl(text, Optional.empty(), Optional.empty()));
    }
    Matcher url = LIBPQ.matcher(text);
    if (!url.matches()) {
      throw new IllegalArgumentException(RIGHT);
    }
    return checked(
        new DatabaseUrl(
            "jdbc:postgresql://" + driverWords(url.group(3)),
            decode(url.group(1)),
            decode(url.group(2))));
  }

  /** In JDBC the parameter that chooses among several hosts has another name and other values. */
  private static String driverWords(String rest) {
    return rest.replace("target_session_attrs=read-write", "targetServerType=primary")
        .replace("target_session_attrs=", "targetServerType=");
  }

  private static DatabaseUrl checked(DatabaseUrl url) {
    if (WITH_USER.matcher(url.jdbcUrl).matches()) {
      throw new IllegalArgumentException(RIGHT);
    }
    Matcher servers = SERVERS.matcher(url.jdbcUrl);
    if (servers.lookingAt()) {
      Arrays.stream(servers.group(1).split(",", -1)).forEach(DatabaseUrl::checkServer);
    }
    return url;
  }

  /** The driver itself would refuse a wrong port only when it connects, in words of its own. */
  private static void checkServer(String server) {
    Matcher parts = SERVER.matcher(server);
    if (!parts.matches()
        || (parts.group(1) != null
            && (Integer.parseInt(parts.group(1)) < 1
                || Integer.parseInt(parts.group(1)) > 65_535))) {
      throw new IllegalArgumentException(
          "must name each server as host or host:port, with a port from 1 to 65535 and an IPv6"
              + " address in brackets");
    }
  }

  private static Optional<String> decode(@Nullable String part) {
    if (part == null || part.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      // Its message holds what could not be decoded, which may be the password.
      throw new IllegalArgumentException(RIGHT);
    }
  }

  /** The servers it names, as the driver reads it. Names are not looked up, addresses are bare. */
  public List<InetSocketAddress> servers() {
    Properties read = Driver.parseURL(jdbcUrl, new Properties());
    if (read == null) {
      return List.of();
    }
    String[] hosts =
        PGProperty.PG_HOST.getOrDefault(read).replaceAll("[\\[\\]]", "").split(",", -1);
    String[] ports = PGProperty.PG_PORT.getOrDefault(read).split(",", -1);
    return IntStream.range(0, hosts.length)
        .mapToObj(i -> InetSocketAddress.createUnresolved(hosts[i], Integer.parseInt(ports[i])))
        .toList();
  }

  /** Without the password, which must reach no log. */
  @Override
  public String toString() {
    return "DatabaseUrl[" + jdbcUrl.split("\\?", 2)[0] + "]";
  }
}
