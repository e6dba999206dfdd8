package dev.ringback.server.launch;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.Await;
import dev.ringback.server.LastingPort;
import dev.ringback.server.Signals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A durable PostgreSQL on its own, as the embedded one is set up, that nodes reach by {@link #url}
 * and that can be ended, frozen and started again at the same port while they run.
 */
public final class OwnPostgres implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(60);

  /**
   * A disk of its own, for all who may make namespaces: mounts a small one where only the server
   * sees it, and copies the cluster there. Its log of changes stays outside: where that finds no
   * room PostgreSQL does not refuse, but ends.
   */
  private static final String ON_SMALL_DISK =
      "mount -t tmpfs -o size=$1 tmpfs \"$2\" && cp -a \"$3\" \"$2\" && cd \"$2\"/*"
          + " && rm -r pg_wal && ln -s \"$3/pg_wal\" pg_wal && shift 3 && exec \"$@\"";

  private final PostgresPrograms programs;
  private final Path dataDir;
  private final Path folder;
  private final String diskSize;
  private final int port;
  private final String password;
  private @Nullable Process server;
  private @Nullable Guardian guardian;

  private OwnPostgres(Path dataDir, String diskSize) throws IOException {
    PreparedData.into(dataDir);
    Path cluster = PostgresCluster.open(dataDir).folder();
    this.programs = PostgresPrograms.prepare(dataDir, cluster.getFileName().toString());
    this.dataDir = dataDir;
    this.folder = diskSize.isEmpty() ? cluster : smallDisk(dataDir).resolve(cluster.getFileName());
    this.diskSize = diskSize;
    this.port = LastingPort.find();
    this.password = Files.readString(PostgresCluster.passwordFile(dataDir));
  }

  /** Starts on the machine's disk. */
  public static OwnPostgres start(Path dataDir) throws Exception {
    return new OwnPostgres(dataDir.toRealPath(), "").started();
  }

  /** Starts on a disk of so many MB, in memory; nothing where this machine does not allow it. */
  public static Optional<OwnPostgres> startOnSmallDisk(Path dataDir, int megabytes)
      throws Exception {
    Process may =
        new ProcessBuilder("unshare", "-Urm", "mount", "-t", "tmpfs", "tmpfs", dataDir.toString())
            .start();
    if (may.waitFor() != 0) {
      return Optional.empty();
    }
    Path real = dataDir.toRealPath();
    Files.createDirectories(smallDisk(real));
    return Optional.of(new OwnPostgres(real, megabytes + "m").started());
  }

  private static Path smallDisk(Path dataDir) {
    return dataDir.resolve("small-disk");
  }

  private OwnPostgres started() throws Exception {
    start();
    return this;
  }

  /** Starts it, again too, and returns when it takes connections. */
  public void start() throws Exception {
    List<String> command = new ArrayList<>();
    if (!diskSize.isEmpty()) {
      command.addAll(List.of("unshare", "-Urm", "sh", "-c", ON_SMALL_DISK, "sh", diskSize));
      command.addAll(List.of(smallDisk(dataDir).toString()));
      command.addAll(List.of(dataDir.resolve(folder.getFileName()).toString()));
      // As the programs are wrapped for root, which everyone is in there.
      command.addAll(
          programs.command("postgres").getFirst().equals("unshare") ? List.of() : NOBODY);
    }
    command.addAll(programs.command("postgres", "-D", folder.toString(), "-p", "" + port));
    command.addAll(Stream.of(PostgresCluster.SETTINGS.strip().split(" ")).toList());
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
            .start();
    server = process;
    guardian =
        Guardian.start(folder, List.of("kill", "-QUIT", Long.toString(process.pid())), log());
    Await.until(
        "PostgreSQL takes connections, see " + log(),
        START,
        () -> {
          assertThat(process.isAlive()).as(Files.readString(log())).isTrue();
          return accepts();
        });
  }

  private static final List<String> NOBODY = List.of("unshare", "-U");

  private Path log() {
    return dataDir.resolve("own-postgres.log");
  }

  private boolean accepts() {
    try (Connection connection = connect("postgres")) {
      return connection.isValid(5);
    } catch (SQLException notYet) {
      return false;
    }
  }

  private Process server() {
    return requireNonNull(server);
  }

  /** As {@code pg_ctl -m immediate stop} does: it recovers at its next start. */
  public void stopAtOnce() throws Exception {
    Signals.send("QUIT", server().toHandle());
    ended();
  }

  /** As {@code kill -9} of its first process does, whose others then end themselves. */
  public void kill() throws Exception {
    List<ProcessHandle> others = server().descendants().toList();
    server().destroyForcibly();
    ended();
    for (ProcessHandle other : others) {
      Await.until("PostgreSQL's processes end", () -> !other.isAlive());
    }
  }

  private void ended() throws Exception {
    server().waitFor();
    requireNonNull(guardian).close();
  }

  /** Stops all its processes as they are: connections stay, and nobody answers. */
  public void freeze() throws Exception {
    Signals.send("STOP", server().toHandle());
    for (ProcessHandle process : server().descendants().toList()) {
      Signals.send("STOP", process);
    }
  }

  /** Lets all its processes go on. */
  public void thaw() throws Exception {
    for (ProcessHandle process : server().descendants().toList()) {
      Signals.send("CONT", process);
    }
    Signals.send("CONT", server().toHandle());
  }

  /** Where nodes find it. */
  public String url() {
    return "postgresql://%s:%s@127.0.0.1:%d/ringback"
        .formatted(PostgresCluster.USER, password, port);
  }

  /** A folder that is on its disk. */
  public Path folder() {
    return folder;
  }

  /** A connection to the nodes' tables. */
  public Connection connect() throws SQLException {
    Connection connection = connect("ringback");
    connection.setSchema("ringback");
    return connection;
  }

  private Connection connect(String database) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + port + "/" + database, PostgresCluster.USER, password);
  }

  @Override
  public void close() throws Exception {
    if (server().isAlive()) {
      Signals.send("INT", server().toHandle());
      ended();
    }
  }
}
