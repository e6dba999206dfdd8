package dev.ringback.server.store.db;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.PGConnection;

/** The ring that crosses from node to node. */
@Timeout(60)
final class WakeupsTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  private final Signal signal = new Signal();
  private final AtomicBoolean alone = new AtomicBoolean();
  private final Wakeups wakeups = new Wakeups(TestDatabase.url(), signal, alone::get);

  @BeforeEach
  void listens() throws Exception {
    // It rings by itself as soon as it listens, for what it may have missed.
    assertThat(rung()).isTrue();
  }

  @AfterEach
  void close() throws Exception {
    wakeups.close();
  }

  private static Connection connect() throws Exception {
    return TestDatabase.connect("public");
  }

  private boolean rung() throws InterruptedException {
    long before = System.nanoTime();
    signal.await(LONG);
    return System.nanoTime() - before < LONG.toNanos();
  }

  private void tell() throws Exception {
    try (Connection connection = connect()) {
      wakeups.tellOthers(connection);
    }
  }

  @Test
  void hearsOfOtherNodes() throws Exception {
    for (int i = 0; i < 3; i++) {
      tell();
      assertThat(rung()).isTrue();
    }
  }

  @Test
  void isToldAtTheCommitOnly() throws Exception {
    try (Connection connection = connect();
        Connection other = connect();
        var listen = other.createStatement()) {
      listen.execute("listen ringback_due");
      var heard = other.unwrap(PGConnection.class);
      connection.setAutoCommit(false);
      wakeups.tellOthers(connection);
      listen.execute("select 1");
      assertThat(heard.getNotifications()).isEmpty();
      connection.rollback();
      wakeups.tellOthers(connection);
      connection.commit();
      assertThat(heard.getNotifications((int) LONG.toMillis())).hasSize(1);
    }
  }

  @Test
  void tellsNobodyWhenAlone() throws Exception {
    try (Connection other = connect();
        var listen = other.createStatement()) {
      listen.execute("listen ringback_due");
      alone.set(true);
      tell();
      // Told for sure, and in order: what comes first shows that nothing came before.
      try (Connection connection =
              DriverManager.getConnection(TestDatabase.url().jdbcUrl(), "postgres", "");
          var statement = connection.createStatement()) {
        statement.execute("notify ringback_due, 'by hand'");
      }
      var heard = other.unwrap(PGConnection.class).getNotifications((int) LONG.toMillis());
      assertThat(heard).extracting(each -> each.getParameter()).containsExactly("by hand");
    }
  }

  @Test
  void comesBackWhenItsConnectionIsLost() throws Exception {
    int before = listener();
    try (Connection connection = connect();
        var kill = connection.prepareStatement("select pg_terminate_backend(?)")) {
      kill.setInt(1, before);
      kill.execute();
    }
    // It has missed what was told meanwhile, and so rings.
    assertThat(rung()).isTrue();
    assertThat(listener()).isNotEqualTo(before);
    tell();
    assertThat(rung()).isTrue();
  }

  /** The backend of the connection that listens. */
  private static int listener() throws Exception {
    try (Connection connection = connect();
        var query =
            connection.prepareStatement(
                """
                select max(pid) from pg_stat_activity
                where application_name = 'ringback wake-ups' and backend_start = (
                  select max(backend_start) from pg_stat_activity
                  where application_name = 'ringback wake-ups')
                """);
        var rows = query.executeQuery()) {
      rows.next();
      return rows.getInt(1);
    }
  }

  @Test
  void closesAtOnceAndTwice() throws Exception {
    long before = System.nanoTime();
    wakeups.close();
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
    wakeups.close();
  }
}
