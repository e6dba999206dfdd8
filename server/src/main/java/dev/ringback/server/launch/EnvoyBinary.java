package dev.ringback.server.launch;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Where Envoy's program is. */
final class EnvoyBinary {
  private EnvoyBinary() {}

  /**
   * Finds it: where the caller says, else in RINGBACK_ENVOY_BIN, else where the build installs it,
   * else on the PATH.
   */
  static Path find(Optional<Path> said, Map<String, String> environment, Path workingFolder) {
    Optional<Path> named =
        said.or(() -> Optional.ofNullable(environment.get("RINGBACK_ENVOY_BIN")).map(Path::of));
    if (named.isPresent()) {
      return named
          .filter(Files::isExecutable)
          .orElseThrow(() -> new LaunchException("there is no Envoy to run at " + named.get()));
    }
    Stream<Path> onPath =
        Stream.of(environment.getOrDefault("PATH", "").split(File.pathSeparator, -1))
            .filter(folder -> !folder.isEmpty())
            .map(folder -> Path.of(folder, "envoy"));
    return Stream.concat(Stream.of(workingFolder.resolve(".tools/envoy/bin/envoy")), onPath)
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .findFirst()
        .map(Path::toAbsolutePath)
        .orElseThrow(() ->
            new LaunchException(
                "Envoy was not found: `make build` installs it into .tools/envoy; else set"
                    + " RINGBACK_ENVOY_BIN, or RINGBACK_ENVOY=false to do without it"));
  }
}
