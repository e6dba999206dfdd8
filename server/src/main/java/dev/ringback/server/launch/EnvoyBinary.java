package dev.ringback.server.launch;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Where Envoy's program is. */
final class EnvoyBinary {
  private EnvoyBinary() {}

  /**
   * Finds it.
   *
   * @param said where it is; empty: where the build installs it, else on the path
   * @param path folders, as in PATH
   */
  static Path find(Optional<Path> said, String path, Path workingFolder) {
    if (said.isPresent()) {
      return said.filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
          .orElseThrow(() ->
              new LaunchException(
                  "RINGBACK_ENVOY_BIN is no program that can be run: " + said.get()));
    }
    Stream<Path> onPath =
        Stream.of(path.split(File.pathSeparator, -1))
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
