package dev.ringback.server.store.db;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import java.util.function.BooleanSupplier;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries the {@link Signal} that something is due soon to other nodes, by NOTIFY. It is only a
 * hint: one that is lost waits for a node's next look at the queue.
 *
 * <p>Thread-safe. Has a connection of its own, since LISTEN belongs to a connection.
 */
public final class Wakeups implements AutoCloseable {
  /** How far ahead sleepers look by themselves: what is due after that needs no ring. */
  public static final Duration HORIZON = Duration.ofSeconds(2);

  private static final Logger log = LoggerFactory.getLogger(Wakeups.class);
  private static final String CHANNEL = "ringback_due";
  private static final int AFTER_FAILURE_MS = 1_000;

  /**
   * How long one wait for a notification lasts. One that comes ends it at once, and so does the
   * close.
   */
  private static final int WAIT_MS = 60_000;

  private final DatabaseUrl url;
  private final Signal signal;
  private final BooleanSupplier alone;
  private final Thread listener;
  private volatile boolean closed;

  /**
   * @param alone whether no other node is alive, as far as is known: then nobody is notified, which
   *     spares each commit the lock that NOTIFY takes
   */
  public Wakeups(DatabaseUrl url, Signal signal, BooleanSupplier alone) {
    this.url = url;
    this.signal = signal;
    this.alone = alone;
    this.listener = Thread.ofVirtual().name("wakeups").start(this::listen);
  }

  /** The signal of this node. */
  public Signal signal() {
    return signal;
  }

  /** Whether there is nobody to tell, as far as is known. */
  public boolean isAlone() {
    return alone.getAsBoolean();
  }

  /** Rings the other nodes' signals when the transaction commits. */
  public void tellOthers(Connection connection) throws SQLException {
    if (!isAlone()) {
      try (var statement = connection.createStatement()) {
        statement.execute("notify " + CHANNEL);
      }
    }
  }

  private void listen() {
    while (!closed) {
      try (Connection connection = connect();
          var statement = connection.createStatement()) {
        statement.execute("listen " + CHANNEL);
        PGConnection notifications = connection.unwrap(PGConnection.class);
        // For what was told while nobody listened.
        signal.ring();
        while (!closed) {
          var heard = notifications.getNotifications(WAIT_MS);
          if (heard != null && heard.length > 0) {
            signal.ring();
          }
        }
      } catch (SQLException e) {
        if (!closed) {
          log.atWarn().addKeyValue("sqlState", e.getSQLState()).log("wake-ups are interrupted");
          pause();
        }
      } catch (RuntimeException e) {
        log.atError().setCause(e).log("listening for wake-ups failed");
        pause();
      }
    }
  }

  private Connection connect() throws SQLException {
    Properties properties = new Properties();
    url.user().ifPresent(user -> properties.setProperty("user", user));
    url.password().ifPresent(password -> properties.setProperty("password", password));
    properties.setProperty("ApplicationName", "ringback wake-ups");
    properties.setProperty("connectTimeout", "5");
    properties.setProperty("tcpKeepAlive", "true");
    return DriverManager.getConnection(url.jdbcUrl(), properties);
  }

  private void pause() {
    try {
      Thread.sleep(AFTER_FAILURE_MS);
    } catch (InterruptedException e) {
      closed = true;
    }
  }

  @Override
  public void close() throws InterruptedException {
    closed = true;
    // Ends its wait: an interrupt closes a virtual thread's socket.
    listener.interrupt();
    listener.join();
  }
}
