package dev.ringback.server.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The Envoy in front.
 *
 * @param wanted whether the node starts one
 * @param program where its program is; empty: where the build installs it, else on the PATH
 * @param corsOrigins origins whose pages may call the API from a browser
 */
public record Envoy(boolean wanted, Optional<Path> program, List<String> corsOrigins) {
  public Envoy {
    corsOrigins = List.copyOf(corsOrigins);
  }

  static Envoy read(Reader reader) {
    return new Envoy(
        reader.flag("ENVOY", "false"),
        reader.optional("ENVOY_BIN", Path::of),
        reader.get("CORS_ORIGINS", "", Reader::list));
  }
}
