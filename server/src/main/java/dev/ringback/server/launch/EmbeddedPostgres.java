package dev.ringback.server.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A durable PostgreSQL of the node's own, kept in the data folder, for operators who bring none.
 *
 * <p>It ends with this process. Should the process be killed, a {@link Guardian} stops it; should
 * that be killed as well, the next start takes the running server over. Safe for many threads.
 */
public final class EmbeddedPostgres implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EmbeddedPostgres.class);

  private static final Duration EARLIER_STOP_LIMIT = Duration.ofSeconds(60);
  private static final Duration RUNNING_LIMIT = Duration.ofMinutes(1);

  private final FolderLock lock;
  private final PostgresCluster cluster;
  private final Guardian guardian;
  private final PostgresAddress address;
  private boolean closed;

  private EmbeddedPostgres(
      FolderLock lock, PostgresCluster cluster, Guardian guardian, PostgresAddress address) {
    this.lock = lock;
    this.cluster = cluster;
    this.guardian = guardian;
    this.address = address;
  }

  /**
   * Starts the PostgreSQL of a data folder, makes one when there is none, and answers once it takes
   * connections.
   *
   * @throws LaunchException when another process uses the folder, or PostgreSQL can't run
   */
  public static EmbeddedPostgres start(Path dataDir) {
    Path folder = dataDir.toAbsolutePath().normalize();
    try {
      FolderLock lock =
          FolderLock.tryAcquire(PostgresCluster.lockFile(folder))
              .orElseThrow(() ->
                  new LaunchException(
                      "another server runs on the data folder %s: stop it, or set".formatted(folder)
                          + " RINGBACK_DATA_DIR to a folder of its own"));
      try {
        return start(lock, folder.toRealPath());
      } catch (IOException | SQLException | RuntimeException e) {
        lock.close();
        throw e;
      }
    } catch (IOException | SQLException e) {
      throw new LaunchException(
          "the embedded PostgreSQL in %s can't be started: %s".formatted(folder, e.getMessage()),
          e);
    }
  }

  private static EmbeddedPostgres start(FolderLock lock, Path folder)
      throws IOException, SQLException {
    PostgresCluster cluster = PostgresCluster.open(folder);
    Guardian.awaitEarlier(cluster.folder(), EARLIER_STOP_LIMIT);
    // Before the server, so that there is no moment at which it could be left alone.
    Guardian guardian = Guardian.start(cluster.folder(), cluster.stopCommand(), cluster.log());
    try {
      if (cluster.survived()) {
        log.info("took over the PostgreSQL that an earlier process left running in {}", folder);
      } else {
        cluster.start();
      }
      PostgresAddress address = cluster.awaitReady();
      createDatabase(address);
      return new EmbeddedPostgres(lock, cluster, guardian, address);
    } catch (IOException | SQLException | RuntimeException e) {
      try {
        cluster.stop();
      } catch (IOException notStopped) {
        e.addSuppressed(notStopped);
      }
      guardian.close();
      throw e;
    }
  }

  /** Whether a data folder has a PostgreSQL, which may run or not. */
  public static boolean isIn(Path dataDir) {
    return PostgresCluster.isIn(dataDir);
  }

  /**
   * Finds the PostgreSQL that another process runs on a data folder, waiting for it if it is about
   * to start. Empty when no process runs one; then nothing is left in the folder.
   */
  public static Optional<PostgresAddress> running(Path dataDir) {
    Path folder = dataDir.toAbsolutePath().normalize();
    try {
      Deadline deadline = Deadline.in(RUNNING_LIMIT);
      // Whoever runs one has made its lock before.
      while (Files.exists(PostgresCluster.lockFile(folder))) {
        Optional<FolderLock> free = FolderLock.tryAcquire(PostgresCluster.lockFile(folder));
        if (free.isPresent()) {
          free.get().close();
          return Optional.empty();
        }
        Optional<PostgresAddress> address = PostgresCluster.address(folder);
        if (address.isPresent() && accepts(address.get())) {
          return address;
        }
        if (!deadline.pause()) {
          throw new LaunchException(
              "a server holds the data folder %s, but its PostgreSQL does not answer"
                  .formatted(folder));
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      throw new LaunchException("can't read the data folder " + folder, e);
    }
  }

  public PostgresAddress address() {
    return address;
  }

  /** Stops the server, which has written everything by then, and frees the folder. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try (lock;
        guardian) {
      cluster.stop();
    } catch (IOException e) {
      throw new LaunchException(String.valueOf(e.getMessage()), e);
    }
  }

  private static void createDatabase(PostgresAddress address) throws SQLException {
    try (Connection connection = connect(address, "postgres");
        Statement statement = connection.createStatement()) {
      try (ResultSet found =
          statement.executeQuery(
              "select from pg_database where datname = '" + PostgresAddress.DATABASE + "'")) {
        if (found.next()) {
          return;
        }
      }
      statement.execute("create database " + PostgresAddress.DATABASE);
    }
  }

  private static boolean accepts(PostgresAddress address) {
    try (Connection connection = connect(address, PostgresAddress.DATABASE)) {
      return connection.isValid(5);
    } catch (SQLException notYet) {
      return false;
    }
  }

  private static Connection connect(PostgresAddress address, String database) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", address.user());
    properties.setProperty("password", address.password());
    properties.setProperty("loginTimeout", "10");
    return DriverManager.getConnection(address.jdbcUrl(database), properties);
  }
}
