package dev.ringback.server.store.db;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Makes the connections of all pools, and tells {@link Presence} what it learns by that. While the
 * database is away, whoever wants a connection waits here until it is back: a pool whose connects
 * fail would try less and less often.
 *
 * <p>Thread-safe.
 */
@SuppressWarnings("serial") // Never serialized: a DataSource is what a pool takes.
final class Connector extends PGSimpleDataSource implements AutoCloseable {
  /** How long a connect may take as a whole. */
  private static final Duration CONNECT = Duration.ofSeconds(5);

  /** How long a connect may take that finds out whether the database is there. */
  private static final Duration LOOK = Duration.ofSeconds(2);

  /** How long a pool waits before it is told that there is no connection. */
  private static final Duration HELD_UP = Duration.ofSeconds(10);

  /** How long a read on a connection may take. */
  private static final Duration SOCKET = Duration.ofSeconds(10);

  private final String jdbcUrl;
  private final Properties properties;
  private final Presence presence;

  Connector(DatabaseUrl url) {
    this.jdbcUrl = url.jdbcUrl();
    this.properties = properties(url, CONNECT, SOCKET);
    Properties looking = properties(url, LOOK, LOOK);
    this.presence = new Presence(() -> DriverManager.getConnection(jdbcUrl, looking));
  }

  private static Properties properties(DatabaseUrl url, Duration connect, Duration socket) {
    Properties properties = new Properties();
    url.user().ifPresent(user -> properties.setProperty("user", user));
    url.password().ifPresent(password -> properties.setProperty("password", password));
    properties.setProperty("ApplicationName", "ringback");
    properties.setProperty("binaryTransferEnable", BinaryArray.TYPES);
    properties.setProperty("connectTimeout", Long.toString(connect.toSeconds()));
    properties.setProperty("loginTimeout", Long.toString(connect.toSeconds()));
    properties.setProperty("socketTimeout", Long.toString(socket.toSeconds()));
    properties.setProperty("tcpKeepAlive", "true");
    return properties;
  }

  Presence presence() {
    return presence;
  }

  @Override
  public Connection getConnection() throws SQLException {
    try {
      presence.await(HELD_UP);
      Connection connection = DriverManager.getConnection(jdbcUrl, properties);
      presence.seen();
      return connection;
    } catch (SQLException e) {
      if (Database.isAway(e)) {
        presence.lost();
      }
      throw e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException("interrupted", "08000", e);
    }
  }

  @Override
  public void close() {
    presence.close();
  }
}
