package dev.ringback.server;

import dev.ringback.server.config.ServerConfig;
import java.nio.file.Path;

/** What a node says when it has started, for the person at the terminal. */
final class Banner {
  private static final String REST_IS_OFF =
      "off; RINGBACK_ENVOY=true starts Envoy, which `make build` installs";
  private static final String MAKE = "make create-key PROJECT=default";

  private Banner() {}

  static String text(ServerConfig config, Server.Started started) {
    DataDir dataDir = new DataDir(config.storage().dataDir());
    StringBuilder text = new StringBuilder("\nRingback " + Version.TEXT + " is ready.\n\n");
    String base =
        started
            .httpPort()
            .map(port -> "http://" + at(config.listen().http().host(), port))
            .orElse(null);
    line(text, "REST, gRPC, gRPC-Web", base != null ? base : REST_IS_OFF);
    line(text, "gRPC, without Envoy", at(config.listen().grpc().host(), started.grpcPort()));
    line(
        text,
        "health",
        "http://" + at(config.listen().ops().host(), started.opsPort()) + "/readyz");
    line(text, "data", dataDir.path().toString());
    line(text, "API key", key(started.key()));
    if (base != null) {
      text.append("\nTry:\n\n  ").append(curl(base, shellKey(started.key()))).append("\n");
    }
    return text.toString();
  }

  private static void line(StringBuilder text, String name, String value) {
    text.append("  %-21s %s%n".formatted(name, value));
  }

  /** How a person at this machine reaches a port: by a loopback address where it listens on all. */
  private static String at(String bindAddress, int port) {
    String host =
        switch (bindAddress) {
          case "0.0.0.0" -> "127.0.0.1";
          case "::" -> "::1";
          default -> bindAddress;
        };
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  private static String key(KeyAtHand key) {
    return switch (key) {
      case KeyAtHand.Given _ -> "as set in RINGBACK_API_KEY";
      case KeyAtHand.Made(String text, Path file) ->
          text + " (shown this once, kept in " + file + ")";
      case KeyAtHand.Kept(Path file) -> "kept in " + file + "; make more with: " + MAKE;
      case KeyAtHand.Missing _ ->
          "no file api-key* of this folder has one of this database; make one with: " + MAKE;
    };
  }

  /** The key as a shell finds it. */
  private static String shellKey(KeyAtHand key) {
    return switch (key) {
      case KeyAtHand.Given _ -> "$RINGBACK_API_KEY";
      case KeyAtHand.Made(_, Path file) -> inFile(file);
      case KeyAtHand.Kept(Path file) -> inFile(file);
      case KeyAtHand.Missing _ -> "$KEY";
    };
  }

  private static String inFile(Path file) {
    return "$(cat " + quoted(file) + ")";
  }

  /** A path as a word of a shell. */
  private static String quoted(Path path) {
    String text = path.toString();
    return text.matches("[A-Za-z0-9_./@%+=:,-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }

  private static String curl(String base, String key) {
    return """
    curl -X POST %1$s/v1/jobs -H "Authorization: Bearer %2$s" \
    -H "Content-Type: application/json" -d '{"url":"%1$s/healthz","method":"GET"}'\
    """
        .formatted(base, key);
  }
}
