package dev.ringback.server.journey;

import dev.ringback.server.Size;
import dev.ringback.server.TempFolder;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * What lets the JVM of a node start with a third of the work: the classes as an earlier node has
 * loaded them, and the quick compiler alone, since tests end before the other one would pay. {@code
 * make soak} runs nodes as users do.
 */
final class QuickStart {
  private static final String ONE_COMPILER = "-XX:TieredStopAtLevel=1";

  /** Of the jar that was built. */
  private static final Path ARCHIVE = Path.of("target/ringback.jsa");

  private QuickStart() {}

  private static final class Made {
    static final List<String> OPTIONS =
        List.of(ONE_COMPILER, "-XX:SharedArchiveFile=" + archive().toAbsolutePath());
  }

  /** For any jar of ours. */
  static List<String> options(Path jar) throws IOException {
    if (Size.isFull()) {
      return List.of();
    }
    return jar.equals(RingbackNode.JAR) ? Made.OPTIONS : List.of(ONE_COMPILER);
  }

  /** Makes it once for all JVMs that test the same jar. */
  private static Path archive() {
    Path lock = ARCHIVE.resolveSibling("ringback.jsa.lock");
    try (var channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var _ = channel.lock()) {
      if (!Files.exists(ARCHIVE) || isOlder(ARCHIVE, RingbackNode.JAR)) {
        make();
      }
      return ARCHIVE;
    } catch (Exception e) {
      throw new IllegalStateException("no archive of a node's classes", e);
    }
  }

  private static boolean isOlder(Path one, Path other) throws IOException {
    return Files.getLastModifiedTime(one).compareTo(Files.getLastModifiedTime(other)) < 0;
  }

  private static void make() throws Exception {
    Path made = ARCHIVE.resolveSibling("ringback.jsa.new");
    try (TempFolder folder = TempFolder.create("ringback-archive-")) {
      RingbackNode.startAndStop(
          folder.path(),
          List.of(ONE_COMPILER, "-XX:ArchiveClassesAtExit=" + made.toAbsolutePath()));
    }
    Files.move(made, ARCHIVE, StandardCopyOption.ATOMIC_MOVE);
  }
}
