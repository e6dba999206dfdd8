package dev.ringback.server.store.db;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * One real PostgreSQL for all tests of this JVM, started when first asked for, with a database for
 * each of them.
 */
public final class TestDatabase {
  /** What comes with the jar; the others lie where the build has unpacked them. */
  private static final int EMBEDDED = 18;

  private TestDatabase() {}

  private static final class Running {
    static final EmbeddedPostgres SERVER = start();

    private static EmbeddedPostgres start() {
      try {
        EmbeddedPostgres server =
            EmbeddedPostgres.builder().setServerConfig("max_connections", "200").start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server)));
        return server;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static void stop(EmbeddedPostgres server) {
      try {
        server.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static final AtomicInteger CREATED = new AtomicInteger();

  /** Takes back the settings that {@link Database} makes in each session. */
  public static final String WITHOUT_SETTINGS =
      Database.PLANNER.replaceAll("set (\\w+) = [^;]+", "reset $1");

  public static DatabaseUrl url() {
    return url(Running.SERVER, "postgres");
  }

  /** A database like another, which nobody uses. Whoever asks for it drops it. */
  public static DatabaseUrl copy(DatabaseUrl other) {
    return createFrom(Running.SERVER, name(other));
  }

  /** A database that has nothing yet. Whoever asks for it drops it. */
  public static DatabaseUrl createEmpty() {
    return createFrom(Running.SERVER, "template1");
  }

  /** An empty database of another server. */
  public static DatabaseUrl create(EmbeddedPostgres server) {
    return createFrom(server, "template1");
  }

  private static DatabaseUrl createFrom(EmbeddedPostgres server, String template) {
    DatabaseUrl url = url(server, "t_" + CREATED.incrementAndGet());
    onServer(url, "create database " + name(url) + " template " + template);
    return url;
  }

  /** With what connections are left to it. */
  public static void drop(DatabaseUrl url) {
    onServer(url, "drop database " + name(url) + " with (force)");
  }

  /** By way of the database that each server has from its start. */
  private static void onServer(DatabaseUrl url, String sql) {
    String first = url.jdbcUrl().replaceFirst("\\w+$", "postgres");
    try (Connection connection = DriverManager.getConnection(first, "postgres", "")) {
      connection.createStatement().execute(sql);
    } catch (SQLException e) {
      throw new StoreException(e);
    }
  }

  /**
   * Another one, of any supported version, that leaves tables and their statistics alone. Whoever
   * starts it closes it.
   */
  public static EmbeddedPostgres start(int version) throws IOException {
    var builder =
        EmbeddedPostgres.builder()
            .setServerConfig("autovacuum", "off")
            .setPGStartupWait(Duration.ofSeconds(60));
    if (version != EMBEDDED) {
      builder.setPgBinaryResolver((_, _) -> archive(version));
    }
    return builder.start();
  }

  private static InputStream archive(int version) throws IOException {
    try (Stream<Path> files = Files.list(Path.of("target", "postgres", "" + version))) {
      return Files.newInputStream(
          files.filter(file -> file.toString().endsWith(".txz")).findFirst().orElseThrow());
    }
  }

  private static DatabaseUrl url(EmbeddedPostgres server, String database) {
    String jdbcUrl = "jdbc:postgresql://localhost:" + server.getPort() + "/" + database;
    return new DatabaseUrl(jdbcUrl, Optional.of("postgres"), Optional.empty());
  }

  private static String name(DatabaseUrl url) {
    return url.jdbcUrl().substring(url.jdbcUrl().lastIndexOf('/') + 1);
  }

  /** A connection outside all pools, with a schema's tables in sight. */
  public static Connection connect(String schema) throws SQLException {
    return connect(url(), schema);
  }

  public static Connection connect(DatabaseUrl url, String schema) throws SQLException {
    Connection connection = DriverManager.getConnection(url.jdbcUrl(), "postgres", "");
    connection.setSchema(schema);
    return connection;
  }
}
