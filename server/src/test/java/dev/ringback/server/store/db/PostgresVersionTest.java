package dev.ringback.server.store.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PostgresVersionTest {
  @ParameterizedTest
  @ValueSource(ints = {150_000, 150_019, 160_000, 170_011, 180_000, 180_099})
  void supports15To18(int number) {
    assertThatCode(new PostgresVersion(number)::require).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({"90624, 9.6.24", "140023, 14.23", "190000, 19.0", "200001, 20.1"})
  void refusesAnyOtherByItsName(int number, String name) {
    assertThatThrownBy(new PostgresVersion(number)::require)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "the database is PostgreSQL %s, and must be 15 to 18; see RINGBACK_DATABASE_URL", name);
  }

  @Test
  void isAskedOfTheDatabase() throws Exception {
    try (var connection = TestDatabase.connect("public")) {
      assertThat(PostgresVersion.of(connection).number() / 10_000).isEqualTo(18);
    }
  }
}
