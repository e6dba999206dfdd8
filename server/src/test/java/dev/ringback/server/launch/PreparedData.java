package dev.ringback.server.launch;

import dev.ringback.server.TempFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
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
    each(programs, dataDir, Files::createLink);
    for (Path made : List.of(PostgresCluster.passwordFile(Made.FOLDER), cluster)) {
      each(made, dataDir, (to, from) -> Files.copy(from, to, StandardCopyOption.COPY_ATTRIBUTES));
    }
  }

  /** Makes one file of another. */
  private interface Step {
    void make(Path to, Path from) throws IOException;
  }

  private static void each(Path root, Path dataDir, Step step) throws IOException {
    List<Path> inside;
    try (Stream<Path> paths = Files.walk(root)) {
      inside = paths.toList();
    }
    for (Path from : inside) {
      Path to = dataDir.resolve(Made.FOLDER.relativize(from));
      if (Files.isRegularFile(from, LinkOption.NOFOLLOW_LINKS)) {
        step.make(to, from);
      } else {
        Files.copy(from, to, StandardCopyOption.COPY_ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
      }
    }
  }
}
