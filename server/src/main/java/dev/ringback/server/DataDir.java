package dev.ringback.server;

import dev.ringback.server.launch.LaunchException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;

/**
 * What a node keeps in its data folder beside the embedded database: its process id while it runs,
 * and the first API key.
 *
 * <p>Nodes on one outer database may share a folder; then the process id is that of the last to
 * start.
 */
record DataDir(Path path) {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  DataDir {
    path = path.toAbsolutePath().normalize();
  }

  /**
   * Makes the folder when it is missing, for its owner alone. One that is open to others is closed
   * to them, since it holds keys and passwords.
   *
   * @throws LaunchException when it is no folder, can't be made or written, or stays open to others
   */
  void create() {
    try {
      Files.createDirectories(path, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
      if (!OWNER_ONLY.containsAll(Files.getPosixFilePermissions(path))) {
        close();
      }
    } catch (FileAlreadyExistsException e) {
      throw new LaunchException("RINGBACK_DATA_DIR is not a folder: " + path, e);
    } catch (AccessDeniedException e) {
      throw new LaunchException(
          "RINGBACK_DATA_DIR can't be made: %s: this user may not write %s"
              .formatted(path, e.getFile()),
          e);
    } catch (FileSystemException e) {
      throw new LaunchException(
          "RINGBACK_DATA_DIR can't be made: %s: %s"
              .formatted(path, Objects.requireNonNullElse(e.getReason(), "the system refuses it")),
          e);
    } catch (IOException e) {
      throw new LaunchException(
          "RINGBACK_DATA_DIR can't be made: %s: %s".formatted(path, e.getMessage()), e);
    }
    if (!Files.isWritable(path)) {
      throw new LaunchException("RINGBACK_DATA_DIR can't be written by this user: " + path);
    }
  }

  private void close() {
    try {
      Files.setPosixFilePermissions(path, OWNER_ONLY);
    } catch (IOException e) {
      throw new LaunchException(
          "RINGBACK_DATA_DIR is open to others and belongs to another user: " + path, e);
    }
  }

  Path keyFile() {
    return path.resolve("api-key");
  }

  private Path pidFile() {
    return path.resolve("ringback.pid");
  }

  /** Keeps a key for its owner alone. */
  void keepKey(String key) throws IOException {
    write(keyFile(), key + "\n");
  }

  /** Keeps the process id in a file until the answer is closed. */
  AutoCloseable announce(long pid) throws IOException {
    write(pidFile(), pid + "\n");
    return () -> {
      // Another node may have taken the file over.
      if (Files.exists(pidFile()) && Files.readString(pidFile()).strip().equals(pid + "")) {
        Files.delete(pidFile());
      }
    };
  }

  /** In one step, so that no reader finds half a file. */
  private void write(Path file, String text) throws IOException {
    Path draft =
        Files.createTempFile(
            path,
            file.getFileName().toString(),
            null,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(draft, text);
    Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }
}
