package dev.ringback.server;

import dev.ringback.server.launch.LaunchException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a node keeps in its data folder beside the embedded database: its process id while it runs,
 * and the first API key of each database that had none.
 *
 * <p>Nodes may share a folder, also those of several outer databases; then the process id is that
 * of the last to start.
 */
record DataDir(Path path) {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> FILE_OF_OWNER =
      PosixFilePermissions.fromString("rw-------");

  private static final String KEY_FILE = "api-key";

  /** What is larger holds no key. */
  private static final int LARGEST_KEY_FILE = 1_000;

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

  private Path pidFile() {
    return path.resolve("ringback.pid");
  }

  /**
   * Keeps a key for the folder's owner alone, in a file of its own: one that is there may hold the
   * only copy of another database's key.
   *
   * @return the file: {@code api-key}, {@code api-key-2} …
   */
  Path keepKey(String key) throws IOException {
    for (int number = 1; ; number++) {
      Path file = path.resolve(number == 1 ? KEY_FILE : KEY_FILE + "-" + number);
      try {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(FILE_OF_OWNER));
        Files.writeString(file, key + "\n");
        return file;
      } catch (FileAlreadyExistsException e) {
        // The next may be free.
      }
    }
  }

  /** The keys that are kept in the folder, by file, those of the first files first. */
  SequencedMap<Path, String> keptKeys() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(path)) {
      files =
          all.filter(file -> file.getFileName().toString().startsWith(KEY_FILE))
              .sorted(
                  Comparator.comparing((Path file) -> file.toString().length())
                      .thenComparing(file -> file))
              .toList();
    }
    SequencedMap<Path, String> keys = new LinkedHashMap<>();
    for (Path file : files) {
      if (Files.isRegularFile(file)
          && Files.isReadable(file)
          && Files.size(file) <= LARGEST_KEY_FILE) {
        keys.put(file, Files.readString(file, StandardCharsets.ISO_8859_1).strip());
      }
    }
    return keys;
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
            PosixFilePermissions.asFileAttribute(FILE_OF_OWNER));
    Files.writeString(draft, text);
    Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }
}
