package dev.ringback.server.store.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseUrlTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "postgresql://u:p@h:5432/db | //h:5432/db | u | p",
        "postgres://u:p@h:5432/db | //h:5432/db | u | p",
        "postgresql://u@h/db | //h/db | u |",
        "postgresql://h/db | //h/db |  |",
        "postgresql://h | //h |  |",
        "postgresql:///db | ///db |  |",
        "postgresql://@h/db | //h/db |  |",
        "postgresql://u:@h/db | //h/db | u |",
        "postgresql://:p@h/db | //h/db | | p",
        "postgresql://u:p@a:1,b:2,c/db?targetServerType=primary | //a:1,b:2,c/db?targetServerType=primary | u | p",
        "postgresql://u:p@[::1]:5432/db | //[::1]:5432/db | u | p",
        "postgresql://u%40x:p%3A%2F%40%3F+%25@h/db | //h/db | u@x | p:/@?+%",
        "postgresql://u:a:b@h/db | //h/db | u | a:b",
        "postgresql://h/db?user=u&password=a@b | //h/db?user=u&password=a@b |  |",
        "jdbc:postgresql://h:1,i:2/db?user=u&password=p | //h:1,i:2/db?user=u&password=p |  |",
        "jdbc:postgresql:db | db |  |",
      })
  void reads(String text, String place, @Nullable String user, @Nullable String password) {
    DatabaseUrl url = DatabaseUrl.parse(text);
    assertThat(url.jdbcUrl()).isEqualTo("jdbc:postgresql:" + place);
    assertThat(url.user()).isEqualTo(Optional.ofNullable(user));
    assertThat(url.password()).isEqualTo(Optional.ofNullable(password));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "hunter2",
        "mysql://u:hunter2@h/db",
        "jdbc:mysql://u:hunter2@h/db",
        "postgresql:u:hunter2@h/db",
        "postgresql://",
        "postgresql://u:hunter2@",
        // Where the password ends can't be told.
        "postgresql://u:x@hunter2@h/db",
        "postgresql://u:x/hunter2@h/db",
        // JDBC knows no user there, and would take the password for a port.
        "jdbc:postgresql://u:hunter2@h/db",
        "postgresql://u:hunter2%zz@h/db",
        "postgresql://u:hunter2%@h/db",
        "postgresql://hunter2%4@h/db",
        "postgresql://u:hunter2@h:port/db",
        "postgresql://u:hunter2@h:0/db",
        "postgresql://u:hunter2@a:5432,h:65536/db",
        "postgresql://u:hunter2@2001:db8::1/db",
        "jdbc:postgresql://h:x/db?password=hunter2",
      })
  void refusesWhatItCannotReadAndDoesNotRepeatIt(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DatabaseUrl.parse(text))
        .satisfies(
            e -> assertThat(e.getMessage()).startsWith("must ").doesNotContain("hunter2", "%zz"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgresql://u:hunter2@h/db",
        "postgresql://h/db?user=u&password=hunter2",
        "postgresql://h/db?a=b\nc&password=hunter2",
        "jdbc:postgresql://h/db?password=hunter2&ssl=true",
      })
  void itsTextHoldsNoPassword(String text) {
    assertThat(DatabaseUrl.parse(text)).hasToString("DatabaseUrl[jdbc:postgresql://h/db]");
  }

  @ParameterizedTest
  @CsvSource({
    "postgresql://u:p@db.test/x, db.test:5432",
    "'postgresql://u:p@a:1,b:2/x?sslmode=require', a:1 b:2",
    "jdbc:postgresql://[2001:db8::1]:6432/x, 2001:db8::1:6432",
    "jdbc:postgresql:x, localhost:5432",
  })
  void namesItsServers(String text, String servers) {
    assertThat(
            DatabaseUrl.parse(text).servers().stream()
                .map(server -> server.getHostString() + ":" + server.getPort())
                .collect(Collectors.joining(" ")))
        .isEqualTo(servers);
  }

  @Test
  void libpqChoosesAmongHostsInTheDriversWords() {
    assertThat(DatabaseUrl.parse("postgresql://a,b/db?target_session_attrs=read-write").jdbcUrl())
        .isEqualTo("jdbc:postgresql://a,b/db?targetServerType=primary");
  }
}
