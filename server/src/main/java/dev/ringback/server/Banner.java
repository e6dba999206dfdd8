package dev.ringback.server;

import dev.ringback.server.config.ServerConfig;
import java.nio.file.Path;

/** What a node says when it has started, for the person at the terminal. */
final class Banner {
  private static final String REST_IS_OFF =
      "off; RINGBACK_ENVOY=true starts Envoy, which `make build` installs";

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
    line(text, "API key", key(config, started, dataDir));
    if (base != null) {
      text.append("\nTry:\n\n  ").append(curl(base, shellKey(config, started, dataDir)));
      text.append("\n");
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

  private static String key(ServerConfig config, Server.Started started, DataDir dataDir) {
    if (config.tenants().apiKey().isPresent()) {
      return "as set in RINGBACK_API_KEY";
    }
    return started
        .newKey()
        .map(key -> key + " (shown this once, kept in " + dataDir.keyFile() + ")")
        .orElse(
            "kept in " + dataDir.keyFile() + "; make more with: make create-key PROJECT=default");
  }

  /** The key as a shell finds it. */
  private static String shellKey(ServerConfig config, Server.Started started, DataDir dataDir) {
    return config.tenants().apiKey().isPresent()
        ? "$RINGBACK_API_KEY"
        : started.newKey().orElse("$(cat " + quoted(dataDir.keyFile()) + ")");
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
