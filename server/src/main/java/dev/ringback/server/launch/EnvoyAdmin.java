package dev.ringback.server.launch;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The few questions and orders that a running Envoy takes on its admin port. */
record EnvoyAdmin(String address) {
  private static final int TIMEOUT_MILLIS = 1000;

  /** Nothing while Envoy has not written the file yet. */
  static Optional<EnvoyAdmin> at(Path addressFile) throws IOException {
    if (!Files.exists(addressFile)) {
      return Optional.empty();
    }
    String address = Files.readString(addressFile).strip();
    return address.isEmpty() ? Optional.empty() : Optional.of(new EnvoyAdmin(address));
  }

  boolean ready() {
    try {
      return call("GET", "/ready").strip().equals("LIVE");
    } catch (IOException notYet) {
      return false;
    }
  }

  /** The port that a listener is bound to. */
  int port(String listener) throws IOException {
    for (JsonNode status :
        new JsonMapper()
            .readTree(call("GET", "/listeners?format=json"))
            .path("listener_statuses")) {
      if (status.path("name").asString().equals(listener)) {
        return status.path("local_address").path("socket_address").path("port_value").asInt();
      }
    }
    throw new IOException("Envoy has no listener " + listener);
  }

  /** Asks clients to go: health checks fail, and each answer closes its connection. */
  void drain() throws IOException {
    call("POST", "/healthcheck/fail");
    call("POST", "/drain_listeners?graceful&skip_exit");
  }

  /** Whether no request is being answered. */
  boolean idle() throws IOException {
    return call("GET", "/stats?filter=http.ringback.downstream_rq_active$").strip().endsWith(": 0");
  }

  private String call(String method, String path) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) URI.create("http://" + address + path).toURL().openConnection();
    connection.setRequestMethod(method);
    connection.setConnectTimeout(TIMEOUT_MILLIS);
    connection.setReadTimeout(TIMEOUT_MILLIS);
    try (InputStream in = connection.getInputStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
