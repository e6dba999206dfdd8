package dev.ringback.server.store;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Optional;

/** One real PostgreSQL for all tests of this JVM, started when first asked for. */
public final class TestDatabase {
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
    return new DatabaseUrl(
        Running.SERVER.getJdbcUrl("postgres", "postgres"),
        Optional.of("postgres"),
        Optional.empty());
  }

  /** A connection outside all pools, with a schema's tables in sight. */
  static Connection connect(String schema) throws SQLException {
    Connection connection = DriverManager.getConnection(url().jdbcUrl(), "postgres", "");
    connection.setSchema(schema);
    return connection;
  }
}
