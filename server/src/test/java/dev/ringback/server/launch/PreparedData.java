package dev.ringback.server.launch;

import dev.ringback.server.TempFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the first start on an empty data folder unpacks and makes, done once in this JVM and copied:
 * most of the time of a start, and the same for all. {@link EmbeddedPostgresTest} starts on empty
 * folders.
 */
public final class PreparedData {
  private PreparedData() {}

  private static final class Made {
    static final Path FOLDER = make();

    private static Path make() {
      try {
        TempFolder folder = TempFolder.create("ringback-prepared-");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
        EmbeddedPostgres.start(folder.path()).close();
        return folder.path();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static void delete(TempFolder folder) {
      try {
        folder.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Gives a data folder that has no PostgreSQL yet one of its own; the programs are shared. */
  public static void into(Path dataDir) throws IOException {
    if (Files.exists(PostgresCluster.passwordFile(dataDir))) {
      return;
    }
    Path cluster = PostgresCluster.open(Made.FOLDER).folder();
    Path programs = PostgresBinaries.unpack(Made.FOLDER, cluster.getFileName() + "-bin-").folder();
    Files.createSymbolicLink(dataDir.resolve(programs.getFileName()), programs);
    for (Path made : List.of(PostgresCluster.passwordFile(Made.FOLDER), cluster)) {
      copy(made, dataDir.resolve(made.getFileName()));
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    List<Path> inside;
    try (Stream<Path> paths = Files.walk(from)) {
      inside = paths.toList();
    }
    for (Path path : inside) {
      Files.copy(path, to.resolve(from.relativize(path)), StandardCopyOption.COPY_ATTRIBUTES);
    }
  }
}
