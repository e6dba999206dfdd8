package dev.ringback.server;

import dev.ringback.server.engine.http.AddressGuard;
import dev.ringback.server.job.DurationText;
import dev.ringback.server.store.db.DatabaseUrl;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The settings of a node, from the environment; docs/settings.md tells them to the operator.
 *
 * @param bindAddress what Envoy's port listens on; the others have addresses of their own, since
 *     they have no TLS and are for those who run the node
 * @param databaseUrl empty: the embedded database
 * @param nodeId a node's name in leases, logs and attempts
 * @param callbackAllow CIDRs that callbacks may reach although they are private
 * @param attemptRetention how long attempts and ended executions are kept
 * @param eventRetention how long events are kept, from which watches resume
 * @param callSlots how many calls this node may have in flight
 * @param corsOrigins origins whose pages may call the API from a browser
 */
record ServerConfig(
    String bindAddress,
    int httpPort,
    String grpcBindAddress,
    int grpcPort,
    String opsBindAddress,
    int opsPort,
    Optional<DatabaseUrl> databaseUrl,
    Path dataDir,
    Optional<String> apiKey,
    String nodeId,
    List<String> callbackAllow,
    boolean envoy,
    Duration attemptDeadline,
    Duration retryMinBackoff,
    Duration retryMaxBackoff,
    Duration attemptRetention,
    Duration eventRetention,
    int callSlots,
    Duration drainGrace,
    int maxBodyBytes,
    List<String> corsOrigins) {
  private static final String PREFIX = "RINGBACK_";
  private static final String LOOPBACK = "127.0.0.1";

  /** Settings that are wrong, one sentence each. */
  static final class InvalidSettings extends Exception {
    private final List<String> problems;

    private InvalidSettings(List<String> problems) {
      super(String.join("; ", problems));
      this.problems = List.copyOf(problems);
    }

    List<String> problems() {
      return problems;
    }
  }

  /**
   * Reads the settings, all problems at once.
   *
   * @param randomNodeId the node's name when none is set
   */
  static ServerConfig read(Map<String, String> environment, String randomNodeId)
      throws InvalidSettings {
    var reader = new Reader(environment);
    var config =
        new ServerConfig(
            reader.get("BIND_ADDRESS", LOOPBACK, Function.identity()),
            reader.port("HTTP_PORT", "8080"),
            reader.get("GRPC_BIND_ADDRESS", LOOPBACK, Function.identity()),
            reader.port("GRPC_PORT", "9090"),
            reader.get("OPS_BIND_ADDRESS", LOOPBACK, Function.identity()),
            reader.port("OPS_PORT", "9464"),
            reader.optional("DATABASE_URL", DatabaseUrl::parse),
            reader.get("DATA_DIR", ".ringback", Path::of),
            reader.optional("API_KEY", ServerConfig::apiKey),
            reader.get("NODE_ID", randomNodeId, ServerConfig::nodeId),
            reader.get("CALLBACK_ALLOW", "", ServerConfig::cidrs),
            reader.get("ENVOY", "false", ServerConfig::flag),
            reader.duration("ATTEMPT_DEADLINE", "30s", Duration.ofMinutes(30)),
            reader.duration("RETRY_MIN_BACKOFF", "10s", Duration.ofHours(24)),
            reader.duration("RETRY_MAX_BACKOFF", "1h", Duration.ofHours(24)),
            reader.duration("ATTEMPT_RETENTION", "30d", Duration.ofDays(1), Duration.ofDays(3650)),
            reader.duration("EVENT_RETENTION", "7d", Duration.ofDays(1), Duration.ofDays(3650)),
            reader.number("CALL_SLOTS", "1024", 1, 100_000),
            reader.duration("DRAIN_GRACE", "20s", Duration.ofHours(1)),
            // A job with its body is one message, and clients of gRPC take no more than 4 MiB.
            reader.number("MAX_BODY_BYTES", "1048576", 0, 3 << 20),
            reader.get("CORS_ORIGINS", "", ServerConfig::list));
    if (config.retryMaxBackoff.compareTo(config.retryMinBackoff) < 0) {
      reader.problems.add(
          PREFIX + "RETRY_MAX_BACKOFF must not be shorter than " + PREFIX + "RETRY_MIN_BACKOFF");
    }
    if (!reader.problems.isEmpty()) {
      throw new InvalidSettings(reader.problems);
    }
    return config;
  }

  private static String apiKey(String text) {
    // 22 characters of base64 have 128 bits.
    if (!text.matches("[!-~]{22,200}") || text.chars().distinct().count() < 10) {
      throw new IllegalArgumentException(
          "must be 22 to 200 visible ASCII characters that nobody guesses, such as those of"
              + " `openssl rand -base64 24`");
    }
    return text;
  }

  private static String nodeId(String text) {
    if (!text.matches("[!-~]{1,100}")) {
      throw new IllegalArgumentException("must be 1 to 100 visible ASCII characters");
    }
    return text;
  }

  private static List<String> list(String text) {
    return Arrays.stream(text.split(",")).map(String::strip).filter(s -> !s.isEmpty()).toList();
  }

  private static List<String> cidrs(String text) {
    try {
      AddressGuard.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("must be CIDRs: " + e.getMessage(), e);
    }
    return list(text);
  }

  private static boolean flag(String text) {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException("must be true or false");
    };
  }

  /** Without the API key and the database's password, which must reach no log. */
  @Override
  public String toString() {
    return "ServerConfig[nodeId=" + nodeId + ", databaseUrl=" + databaseUrl + "]";
  }

  /** Reads one setting after the other and gathers what is wrong. Not thread-safe. */
  private static final class Reader {
    private final Map<String, String> environment;
    private final List<String> problems = new ArrayList<>();

    Reader(Map<String, String> environment) {
      this.environment = environment;
    }

    /** A setting that is missing or empty has its default, and so, for now, has a wrong one. */
    <T> T get(String name, String otherwise, Function<String, T> parse) {
      String text = environment.getOrDefault(PREFIX + name, "").strip();
      try {
        return parse.apply(text.isEmpty() ? otherwise : text);
      } catch (IllegalArgumentException e) {
        // Not the value: it may be a secret.
        problems.add(PREFIX + name + " " + e.getMessage());
        return parse.apply(otherwise);
      }
    }

    <T> Optional<T> optional(String name, Function<String, T> parse) {
      return this.<Optional<T>>get(
          name, "", text -> text.isEmpty() ? Optional.empty() : Optional.of(parse.apply(text)));
    }

    int port(String name, String otherwise) {
      return number(name, otherwise, 0, 65_535);
    }

    int number(String name, String otherwise, int least, int most) {
      return get(
          name,
          otherwise,
          text -> {
            if (!text.matches("\\d{1,9}")
                || Integer.parseInt(text) < least
                || Integer.parseInt(text) > most) {
              throw new IllegalArgumentException(
                  "must be a whole number from " + least + " to " + most);
            }
            return Integer.parseInt(text);
          });
    }

    Duration duration(String name, String otherwise, Duration longest) {
      return duration(name, otherwise, Duration.ofMillis(10), longest);
    }

    Duration duration(String name, String otherwise, Duration shortest, Duration longest) {
      return get(
          name,
          otherwise,
          text ->
              DurationText.parse(text)
                  .filter(duration -> duration.compareTo(shortest) >= 0)
                  .filter(duration -> duration.compareTo(longest) <= 0)
                  .orElseThrow(() ->
                      new IllegalArgumentException(
                          "must be a duration such as 30s or 1h, from "
                              + DurationText.format(shortest)
                              + " to "
                              + DurationText.format(longest))));
    }
  }
}
