package dev.ringback.server.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real servers and real deaths. Each test has a folder of its own; the programs are shared. */
final class EmbeddedPostgresTest {
  @TempDir private static Path folder;
  private Path dataDir = folder;

  /** Unpacking takes most of a first start, and is the same for all. */
  @BeforeEach
  void shareThePrograms() throws IOException {
    PostgresBinaries unpacked = PostgresBinaries.unpack(folder, "pg18-bin-");
    dataDir = Files.createTempDirectory(folder, "data-");
    Files.createSymbolicLink(dataDir.resolve(unpacked.folder().getFileName()), unpacked.folder());
  }

  @Test
  void keepsItsRowsOverAStop() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(dataDir)) {
      execute(postgres.address(), "create table note (word text)");
      execute(postgres.address(), "insert into note values ('kept')");
    }
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(dataDir)) {
      assertThat(query(postgres.address(), "select word from note")).isEqualTo("kept");
    }
    assertThat(anythingRuns()).isFalse();
  }

  @Test
  void isDurableAndClosedToOthers() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(dataDir)) {
      PostgresAddress address = postgres.address();
      for (String setting :
          new String[] {"fsync", "synchronous_commit", "full_page_writes", "data_checksums"}) {
        assertThat(query(address, "show " + setting)).as(setting).isEqualTo("on");
      }
      assertThat(query(address, "show listen_addresses")).isEqualTo("127.0.0.1");
      assertThat(query(address, "show unix_socket_directories")).isEmpty();
      assertThat(query(address, "show max_connections")).isEqualTo("200");
      assertThat(
              query(
                  address,
                  "select setting::int / 128 from pg_settings where name = 'shared_buffers'"))
          .satisfies(mebibytes -> assertThat(Integer.parseInt(mebibytes)).isBetween(128, 1_024));
      assertThat(query(address, "show max_wal_size")).isEqualTo("4GB");
      assertThat(query(address, "select current_database()")).isEqualTo("ringback");
      assertThat(
              PosixFilePermissions.toString(
                  Files.getPosixFilePermissions(dataDir.resolve("pg18.password"))))
          .isEqualTo("rw-------");
      assertThat(address.toString()).doesNotContain(address.password());

      PostgresAddress wrong = new PostgresAddress(address.port(), address.user(), "guess");
      assertThatThrownBy(() -> query(wrong, "select 1"))
          .hasMessageContaining("password authentication failed");
    }
  }

  @Test
  void refusesASecondServerOnTheFolder() throws Exception {
    try (EmbeddedPostgres first = EmbeddedPostgres.start(dataDir)) {
      assertThatThrownBy(() -> EmbeddedPostgres.start(dataDir))
          .isInstanceOf(LaunchException.class)
          .hasMessageContaining(dataDir.toString())
          .hasMessageContaining("RINGBACK_DATA_DIR");
      assertThat(query(first.address(), "select 1")).isEqualTo("1");
    }
  }

  @Test
  void lendsItselfToASecondProcess() throws Exception {
    assertThat(EmbeddedPostgres.running(dataDir)).isEmpty();
    assertThat(EmbeddedPostgres.isIn(dataDir)).isFalse();
    assertThat(dataDir.resolve("pg18.lock")).as("looking leaves nothing").doesNotExist();
    assertThat(EmbeddedPostgres.running(dataDir.resolve("missing"))).isEmpty();
    assertThat(dataDir.resolve("missing")).doesNotExist();
    try (OtherJvm holder = OtherJvm.start(EmbeddedPostgresHolder.class, dataDir.toString())) {
      PostgresAddress address = EmbeddedPostgres.running(dataDir).orElseThrow();
      assertThat(EmbeddedPostgres.isIn(dataDir)).isTrue();
      assertThat(address.port()).isEqualTo(Integer.parseInt(holder.said()));
      assertThat(query(address, "select word from note")).isEqualTo("kept");
      assertThatThrownBy(() -> EmbeddedPostgres.start(dataDir)).isInstanceOf(LaunchException.class);
    }
    OtherJvm.await("the guardian's stop", () -> !anythingRuns());
  }

  @Test
  void closingTwiceIsClosingOnce() {
    EmbeddedPostgres postgres = EmbeddedPostgres.start(dataDir);
    postgres.close();
    postgres.close();
    assertThat(anythingRuns()).isFalse();
  }

  @Test
  void isStoppedWhenTheProcessIsKilled() throws Exception {
    long postmaster;
    try (OtherJvm holder = OtherJvm.start(EmbeddedPostgresHolder.class, dataDir.toString())) {
      postmaster = postmaster();
      holder.kill();
    }
    // At once, while the guardian may still be at its work.
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(dataDir)) {
      assertThat(OtherJvm.runs(postmaster)).as("the old server").isFalse();
      assertThat(query(postgres.address(), "select word from note")).isEqualTo("kept");
      assertThat(Files.readString(dataDir.resolve("pg18.log")))
          .doesNotContain("automatic recovery in progress");
    }
    assertThat(anythingRuns()).isFalse();
  }

  @Test
  void isTakenOverWhenTheGuardianIsKilledToo() throws Exception {
    long postmaster;
    try (OtherJvm holder = OtherJvm.start(EmbeddedPostgresHolder.class, dataDir.toString())) {
      postmaster = postmaster();
      holder.killWithGuardians();
    }
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(dataDir)) {
      assertThat(postmaster()).isEqualTo(postmaster);
      assertThat(query(postgres.address(), "select word from note")).isEqualTo("kept");
    }
    OtherJvm.await("the stop of the old server", () -> !OtherJvm.runs(postmaster));
  }

  @Test
  void recoversWhenEverythingIsKilled() throws Exception {
    try (OtherJvm holder = OtherJvm.start(EmbeddedPostgresHolder.class, dataDir.toString())) {
      ProcessHandle postmaster = ProcessHandle.of(postmaster()).orElseThrow();
      holder.killWithGuardians();
      postmaster.destroyForcibly();
    }
    assertThat(postmasterFileExists()).as("a stale postmaster.pid").isTrue();
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(dataDir)) {
      assertThat(query(postgres.address(), "select word from note")).isEqualTo("kept");
      assertThat(Files.readString(dataDir.resolve("pg18.log")))
          .contains("automatic recovery in progress");
    }
  }

  @Test
  void doesNotTakeAHalfMadeClusterForAWholeOne() throws Exception {
    Files.writeString(
        Files.createDirectory(dataDir.resolve("pg18.partial")).resolve("PG_VERSION"), "18\n");
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(dataDir)) {
      assertThat(query(postgres.address(), "select 1")).isEqualTo("1");
      assertThat(dataDir.resolve("pg18.partial")).doesNotExist();
    }
  }

  static void execute(PostgresAddress address, String sql) throws SQLException {
    try (Connection connection = connect(address);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String query(PostgresAddress address, String sql) throws SQLException {
    try (Connection connection = connect(address);
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      assertThat(result.next()).isTrue();
      return result.getString(1);
    }
  }

  private static Connection connect(PostgresAddress address) throws SQLException {
    return DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
  }

  private long postmaster() throws IOException {
    try (Stream<String> lines = Files.lines(dataDir.resolve("pg18/postmaster.pid"))) {
      return Long.parseLong(lines.findFirst().orElseThrow());
    }
  }

  private boolean postmasterFileExists() {
    return Files.exists(dataDir.resolve("pg18/postmaster.pid"));
  }

  /** A server or a guardian: both name their folder on their command line. */
  private boolean anythingRuns() {
    return ProcessHandle.allProcesses()
        .anyMatch(process -> process.info().commandLine().orElse("").contains(dataDir.toString()));
  }
}
