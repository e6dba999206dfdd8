package dev.ringback.server.launch;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/** PostgreSQL's own programs, unpacked once from the class path into the data folder. */
record PostgresBinaries(Path folder) {
  private static final int OWNER_MAY_EXECUTE = 0100;

  /**
   * Unpacks the programs for this kind of machine, unless that is done already.
   *
   * @param prefix what the folder's name begins with; a checksum follows
   */
  static PostgresBinaries unpack(Path dataDir, String prefix) throws IOException {
    URL archive = archive();
    Path folder = dataDir.resolve(prefix + checksum(archive));
    if (!Files.isDirectory(folder)) {
      Path partial = dataDir.resolve(prefix + "partial");
      deleteTree(partial);
      unpack(archive, partial);
      Files.move(partial, folder, StandardCopyOption.ATOMIC_MOVE);
    }
    return new PostgresBinaries(folder);
  }

  String program(String name) {
    return folder.resolve("bin").resolve(name).toString();
  }

  static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    List<Path> inside;
    try (Stream<Path> paths = Files.walk(root)) {
      inside = paths.toList();
    }
    for (Path path : inside.reversed()) {
      Files.delete(path);
    }
  }

  private static URL archive() {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String machine = System.getProperty("os.arch");
    String name =
        "/postgres-%s-%s.txz"
            .formatted(
                system.contains("mac") ? "darwin" : system,
                machine.equals("aarch64") ? "arm_64" : "x86_64");
    URL archive = PostgresBinaries.class.getResource(name);
    if (archive == null) {
      throw new LaunchException(
          "there is no embedded PostgreSQL for %s on %s: set RINGBACK_DATABASE_URL"
              .formatted(system, machine));
    }
    return archive;
  }

  /**
   * Tells one release from another without reading the archive: jars hold a checksum of each file.
   */
  private static String checksum(URL archive) throws IOException {
    if (archive.openConnection() instanceof JarURLConnection inJar) {
      return "%08x".formatted(inJar.getJarEntry().getCrc());
    }
    throw new IOException(archive + " is not in a jar");
  }

  private static void unpack(URL archive, Path target) throws IOException {
    try (InputStream in = new BufferedInputStream(archive.openStream(), 1 << 16);
        TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(in))) {
      for (TarArchiveEntry entry; (entry = tar.getNextEntry()) != null; ) {
        Path path = target.resolve(entry.getName()).normalize();
        if (!path.startsWith(target)) {
          throw new IOException("an entry of %s leads out of it".formatted(archive));
        }
        write(entry, tar, target, path);
      }
    }
  }

  private static void write(
      TarArchiveEntry entry, TarArchiveInputStream tar, Path target, Path path) throws IOException {
    if (entry.isDirectory()) {
      Files.createDirectories(path);
      return;
    }
    Files.createDirectories(path.getParent());
    if (entry.isSymbolicLink()) {
      Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
    } else if (entry.isLink()) {
      Files.createLink(path, target.resolve(entry.getLinkName()));
    } else {
      Files.copy(tar, path);
      if ((entry.getMode() & OWNER_MAY_EXECUTE) != 0 && !path.toFile().setExecutable(true, false)) {
        throw new IOException("can't make %s executable".formatted(path));
      }
    }
  }
}
