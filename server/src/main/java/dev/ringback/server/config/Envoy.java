package dev.ringback.server.config;

import java.util.List;

/**
 * The Envoy in front.
 *
 * @param wanted whether the node starts one
 * @param corsOrigins origins whose pages may call the API from a browser
 */
public record Envoy(boolean wanted, List<String> corsOrigins) {
  public Envoy {
    corsOrigins = List.copyOf(corsOrigins);
  }

  static Envoy read(Reader reader) {
    return new Envoy(reader.flag("ENVOY", "false"), reader.get("CORS_ORIGINS", "", Reader::list));
  }
}
