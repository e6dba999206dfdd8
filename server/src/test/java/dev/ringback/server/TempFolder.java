package dev.ringback.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A folder for longer than one class of tests. */
public record TempFolder(Path path) implements AutoCloseable {
  public static TempFolder create(String prefix) throws IOException {
    return new TempFolder(Files.createTempDirectory(prefix).toRealPath());
  }

  /** Removes it with all that is in it. */
  @Override
  public void close() throws IOException {
    List<Path> inside;
    try (Stream<Path> paths = Files.walk(path)) {
      inside = paths.toList();
    }
    for (Path each : inside.reversed()) {
      Files.delete(each);
    }
  }
}
