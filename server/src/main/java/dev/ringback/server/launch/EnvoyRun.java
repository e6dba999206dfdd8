package dev.ringback.server.launch;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The folder of one run of Envoy. Nodes may share a data folder, so each run has a folder of its
 * own, and a lock beside it tells whether its owner lives.
 *
 * @param adminSocket in the run's folder; where that path would be too long for a socket, in a
 *     temporary folder of its own
 */
record EnvoyRun(Path folder, FolderLock lock, Path adminSocket) implements AutoCloseable {
  /** How long the path of a socket may be on any system: macOS takes 103 bytes, Linux 107. */
  private static final int MAX_SOCKET_PATH = 100;

  private static final String PREFIX = "run-";
  private static final String LOCK_SUFFIX = ".lock";
  private static final Duration TERMINATE_LIMIT = Duration.ofSeconds(3);
  private static final Duration KILL_LIMIT = Duration.ofSeconds(10);

  /** Makes a folder for a run, after ending and removing what dead owners left behind. */
  static EnvoyRun begin(Path parent) throws IOException {
    Files.createDirectories(parent);
    removeLeftovers(parent);
    // The lock comes before the folder, so that nobody ever sees the folder without its owner.
    Path lockFile = Files.createTempFile(parent, PREFIX, LOCK_SUFFIX);
    FolderLock lock =
        FolderLock.tryAcquire(lockFile).orElseThrow(() -> new IOException("lost " + lockFile));
    String name = lockFile.getFileName().toString();
    Path folder = parent.resolve(name.substring(0, name.length() - LOCK_SUFFIX.length()));
    return new EnvoyRun(Files.createDirectory(folder), lock, adminSocket(folder));
  }

  private static void removeLeftovers(Path parent) throws IOException {
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(parent, PREFIX + "*")) {
      for (Path folder : folders) {
        if (!Files.isDirectory(folder)) {
          continue;
        }
        Optional<FolderLock> orphaned = FolderLock.tryAcquire(lockFile(folder));
        if (orphaned.isPresent()) {
          EnvoyRun run = new EnvoyRun(folder, orphaned.get(), folder.resolve("admin.sock"));
          run.endEnvoy();
          run.close();
        }
      }
    }
  }

  /** Ends the Envoy that runs on this folder's configuration, if any does. */
  void endEnvoy() {
    List<ProcessHandle> envoys =
        ProcessHandle.allProcesses().filter(this::isEnvoyOfThisRun).toList();
    for (ProcessHandle envoy : envoys) {
      envoy.destroy();
      Deadline politely = Deadline.in(TERMINATE_LIMIT);
      while (isEnvoyOfThisRun(envoy) && politely.pause()) {}
      if (!isEnvoyOfThisRun(envoy)) {
        continue;
      }
      envoy.destroyForcibly();
      Deadline firmly = Deadline.in(KILL_LIMIT);
      while (isEnvoyOfThisRun(envoy)) {
        if (!firmly.pause()) {
          throw new LaunchException("Envoy, process %d, can't be ended".formatted(envoy.pid()));
        }
      }
    }
  }

  /** Known by its arguments, which no other process has, and which a zombie no longer has. */
  private boolean isEnvoyOfThisRun(ProcessHandle process) {
    return List.of(process.info().arguments().orElse(new String[0])).contains(config().toString());
  }

  Path config() {
    return folder.resolve("envoy.yaml");
  }

  private static Path adminSocket(Path folder) throws IOException {
    Path socket = folder.resolve("admin.sock");
    return socket.toString().length() <= MAX_SOCKET_PATH
        ? socket
        : Files.createTempDirectory("ringback-").resolve("admin.sock");
  }

  private static Path lockFile(Path folder) {
    return folder.resolveSibling(folder.getFileName() + LOCK_SUFFIX);
  }

  @Override
  public void close() throws IOException {
    PostgresBinaries.deleteTree(folder);
    if (!adminSocket.startsWith(folder)) {
      PostgresBinaries.deleteTree(requireNonNull(adminSocket.getParent()));
    }
    Files.deleteIfExists(lockFile(folder));
    lock.close();
  }
}
