package dev.ringback.server.store;

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
import java.util.stream.Stream;

/** One real PostgreSQL for all tests of this JVM, started when first asked for. */
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

  public static DatabaseUrl url() {
    return url(Running.SERVER);
  }

  /**
   * Another one, of any supported version, that leaves tables and their statistics alone. Whoever
   * starts it closes it.
   */
  static EmbeddedPostgres start(int version) throws IOException {
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

  static DatabaseUrl url(EmbeddedPostgres server) {
    return new DatabaseUrl(
        server.getJdbcUrl("postgres", "postgres"), Optional.of("postgres"), Optional.empty());
  }

  /** A connection outside all pools, with a schema's tables in sight. */
  static Connection connect(String schema) throws SQLException {
    return connect(url(), schema);
  }

  static Connection connect(DatabaseUrl url, String schema) throws SQLException {
    Connection connection = DriverManager.getConnection(url.jdbcUrl(), "postgres", "");
    connection.setSchema(schema);
    return connection;
  }
}
