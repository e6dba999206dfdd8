package dev.ringback.server.launch;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What {@code postmaster.pid} tells about the server of a cluster. */
record PostmasterFile(int port, boolean ready) {
  private static final Path PROC = Path.of("/proc");
  private static final int PORT_LINE = 3;
  private static final int STATUS_LINE = 7;

  /** A dead server's children notice its death at once and leave. */
  private static final Duration ORPHANS_LIMIT = Duration.ofSeconds(20);

  static Path in(Path cluster) {
    return cluster.resolve("postmaster.pid");
  }

  /** Empty when no server runs, or when one has only begun to start. */
  static Optional<PostmasterFile> read(Path cluster) throws IOException {
    try {
      List<String> lines = Files.readAllLines(in(cluster));
      if (lines.size() <= STATUS_LINE) {
        return Optional.empty();
      }
      int port = Integer.parseInt(lines.get(PORT_LINE).strip());
      return Optional.of(new PostmasterFile(port, lines.get(STATUS_LINE).strip().equals("ready")));
    } catch (NoSuchFileException notRunning) {
      return Optional.empty();
    }
  }

  /**
   * Removes the file of a killed server. PostgreSQL does that itself unless the process id in it
   * seems alive: that of a zombie does, and one that now belongs to another program.
   *
   * <p>Done only where it can be seen that no process works in the cluster: all of PostgreSQL's
   * have it as their working folder.
   */
  static void dropStale(Path cluster) throws IOException {
    if (!Files.exists(in(cluster)) || !Files.isDirectory(PROC.resolve("self"))) {
      return;
    }
    Path real = cluster.toRealPath();
    Deadline deadline = Deadline.in(ORPHANS_LIMIT);
    while (someoneWorksIn(real)) {
      if (serverWorksIn(real) || !deadline.pause()) {
        return;
      }
    }
    Files.deleteIfExists(in(cluster));
  }

  private static boolean serverWorksIn(Path cluster) throws IOException {
    try {
      List<String> lines = Files.readAllLines(in(cluster));
      return !lines.isEmpty() && worksIn(cluster, PROC.resolve(lines.getFirst().strip()));
    } catch (NoSuchFileException stopped) {
      return false;
    }
  }

  private static boolean someoneWorksIn(Path cluster) throws IOException {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        if (worksIn(cluster, process)) {
          return true;
        }
      }
      return false;
    }
  }

  private static boolean worksIn(Path cluster, Path process) {
    try {
      return Files.readSymbolicLink(process.resolve("cwd")).equals(cluster);
    } catch (IOException endedOrAnotherUsers) {
      return false;
    }
  }
}
