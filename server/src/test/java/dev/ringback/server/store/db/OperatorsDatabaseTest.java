package dev.ringback.server.store.db;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is told of a database that can't be used as it is. */
@Timeout(60)
final class OperatorsDatabaseTest {
  private final DatabaseUrl url = TestDatabase.createEmpty();

  @AfterEach
  void drop() {
    TestDatabase.drop(url);
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = TestDatabase.connect(url, "public");
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void assertRefused(DatabaseUrl url, String... words) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Database.open(url, Database.SCHEMA, 2).close())
        .withMessageContainingAll(words);
  }

  @Test
  void namesTheRightsThatAreMissing() throws Exception {
    execute("create role guest login password 'guest'");
    try {
      assertRefused(
          new DatabaseUrl(url.jdbcUrl(), Optional.of("guest"), Optional.of("guest")),
          "may not make or change the schema ringback",
          "permission denied for database",
          "docs/running.md");
    } finally {
      execute("drop role guest");
    }
  }

  @Test
  void refusesTheTablesOfANewerVersion() throws Exception {
    Database.open(url, Database.SCHEMA, 2).close();
    execute(
        """
        insert into ringback.flyway_schema_history
        select installed_rank + 1, '9999', 'of a newer version', type, script, checksum,
          installed_by, installed_on, execution_time, success
        from ringback.flyway_schema_history order by installed_rank desc limit 1
        """);
    assertRefused(url, "the database was used by a newer Ringback");
  }
}
