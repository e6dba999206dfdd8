package dev.ringback.server.launch;

import java.io.IOException;
import java.io.InputStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;

/** Envoy's configuration for one run: the template {@code envoy.yaml}, filled in. */
final class EnvoyConfig {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([A-Z_]+)}");
  private static final JsonMapper JSON = new JsonMapper();

  private EnvoyConfig() {}

  /** Writes the configuration, and the API's descriptor that it names, into the run's folder. */
  static Path write(EnvoyProcess.Settings settings, EnvoyRun run) throws IOException {
    Path descriptor = run.folder().resolve("ringback.binpb");
    Files.write(descriptor, resource("/ringback.binpb"));
    Map<String, Object> values = new LinkedHashMap<>(settings.routes());
    values.put("ADMIN_SOCKET", run.adminSocket().toString());
    values.put("BIND_ADDRESS", settings.bindAddress());
    values.put("HTTP_PORT", settings.httpPort());
    values.put("GRPC_HOST", reachable(settings.grpc()));
    values.put("GRPC_PORT", settings.grpc().getPort());
    values.put("OPS_HOST", reachable(settings.ops()));
    values.put("OPS_PORT", settings.ops().getPort());
    values.put("DESCRIPTOR", descriptor.toString());
    values.put("CORS_ORIGINS", settings.corsOrigins().stream().map(EnvoyConfig::origin).toList());
    String template = new String(resource("/envoy/envoy.yaml"), StandardCharsets.UTF_8);
    return Files.writeString(run.config(), fill(template, values));
  }

  /** How this machine reaches a listener: by a loopback address where it listens on all. */
  private static String reachable(InetSocketAddress address) {
    InetAddress ip = address.getAddress();
    return ip.isAnyLocalAddress()
        ? ip instanceof Inet6Address ? "::1" : "127.0.0.1"
        : ip.getHostAddress();
  }

  /** A JSON value is a YAML value too, whatever characters are in it. */
  static String fill(String template, Map<String, Object> values) {
    return PLACEHOLDER
        .matcher(template)
        .replaceAll(found -> {
          Object value = values.get(found.group(1));
          if (value == null) {
            throw new IllegalArgumentException("no value for " + found.group());
          }
          return Matcher.quoteReplacement(JSON.writeValueAsString(value));
        });
  }

  private static Map<String, Object> origin(String origin) {
    return origin.equals("*")
        ? Map.of("safe_regex", Map.of("regex", ".*"))
        : Map.of("exact", origin);
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = EnvoyConfig.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException(name + " is not on the class path");
      }
      return in.readAllBytes();
    }
  }
}
