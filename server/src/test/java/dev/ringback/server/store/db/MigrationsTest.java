package dev.ringback.server.store.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** That who only looks at a database changes nothing of it. */
@Timeout(60)
final class MigrationsTest {
  private static final String HISTORY =
      """
      ringback.flyway_schema_history (installed_rank, version, description, type, script, checksum,
        installed_by, execution_time, success)
      """;

  private final DatabaseUrl url = TestDatabase.createEmpty();

  @AfterEach
  void drop() {
    TestDatabase.drop(url);
  }

  private String execute(String sql) throws SQLException {
    try (Connection connection = TestDatabase.connect(url, "public");
        Statement statement = connection.createStatement()) {
      if (!statement.execute(sql)) {
        return "";
      }
      var rows = statement.getResultSet();
      rows.next();
      return String.valueOf(rows.getString(1));
    }
  }

  private void openReady() {
    Database.openReady(url, Database.SCHEMA, 1).close();
  }

  @Test
  void makesNoTables() throws Exception {
    assertThatIllegalArgumentException()
        .isThrownBy(this::openReady)
        .withMessage("the database has no tables of Ringback yet: start a node on it first");
    assertThat(execute("select count(*) from pg_namespace where nspname = 'ringback'"))
        .isEqualTo("0");
  }

  @Test
  void takesTablesOfItsVersionAlone() throws Exception {
    Database.open(url, Database.SCHEMA, 2).close();
    openReady();
    String newest =
        execute("select max(version::int) from ringback.flyway_schema_history where success");
    execute("delete from ringback.flyway_schema_history where version = '" + newest + "'");
    assertThatIllegalArgumentException()
        .isThrownBy(this::openReady)
        .withMessage(
            ("the database's tables are of version %d, this jar's of version %s: use the jar of the"
                    + " nodes that run on it, or start a node of this jar, which brings them up to"
                    + " date")
                .formatted(Integer.parseInt(newest) - 1, newest));
    execute(
        "insert into " + HISTORY + " values (99, '99', 'later', 'SQL', 'V99', 1, 'me', 1, true)");
    assertThatIllegalArgumentException()
        .isThrownBy(this::openReady)
        .withMessage(
            "the database's tables are of version 99, this jar's of version %s: use the jar of the"
                + " nodes that run on it",
            newest);
  }
}
