package dev.ringback.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ringback.server.config.Listen.Address;
import dev.ringback.server.store.db.DatabaseUrl;
import java.nio.file.Path;
import java.time.Duration;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerConfigTest {
  @Test
  void hasTheseDefaults() throws InvalidSettings {
    assertThat(ServerConfig.read(Map.of(), "node-1"))
        .isEqualTo(
            new ServerConfig(
                new Listen(
                    new Address("127.0.0.1", 8080),
                    new Address("127.0.0.1", 9090),
                    new Address("127.0.0.1", 9464)),
                new Envoy(false, Optional.empty(), List.of()),
                new Storage(Optional.empty(), Path.of(".ringback")),
                new Tenants(Optional.empty()),
                "node-1",
                new Creates(
                    Duration.ofSeconds(30), Duration.ofSeconds(10), Duration.ofHours(1), 1 << 20),
                new Callbacks(List.of(), 1024, Duration.ofSeconds(20), false),
                new Retention(Duration.ofDays(30), Duration.ofDays(7))));
  }

  @Test
  void everySettingHasItsKey() throws InvalidSettings {
    Map<String, String> environment =
        Map.ofEntries(
            Map.entry("RINGBACK_BIND_ADDRESS", "0.0.0.0"),
            Map.entry("RINGBACK_HTTP_PORT", "0"),
            Map.entry("RINGBACK_GRPC_BIND_ADDRESS", "::1"),
            Map.entry("RINGBACK_GRPC_PORT", "1"),
            Map.entry("RINGBACK_OPS_BIND_ADDRESS", "10.0.0.1"),
            Map.entry("RINGBACK_OPS_PORT", "65535"),
            Map.entry("RINGBACK_DATABASE_URL", "postgresql://u:p@h/db"),
            Map.entry("RINGBACK_DATA_DIR", "/data"),
            Map.entry("RINGBACK_API_KEY", "rb_sk_0123456789abcdef"),
            Map.entry("RINGBACK_NODE_ID", "here"),
            Map.entry("RINGBACK_CALLBACK_ALLOW", " 127.0.0.0/8, ::1/128 ,"),
            Map.entry("RINGBACK_ENVOY", "true"),
            Map.entry("RINGBACK_ENVOY_BIN", "/opt/envoy"),
            Map.entry("RINGBACK_CALL_LOG", "true"),
            Map.entry("RINGBACK_ATTEMPT_DEADLINE", "1m"),
            Map.entry("RINGBACK_RETRY_MIN_BACKOFF", "1s"),
            Map.entry("RINGBACK_RETRY_MAX_BACKOFF", "2s"),
            Map.entry("RINGBACK_ATTEMPT_RETENTION", "90d"),
            Map.entry("RINGBACK_EVENT_RETENTION", "3d"),
            Map.entry("RINGBACK_CALL_SLOTS", "1"),
            Map.entry("RINGBACK_DRAIN_GRACE", "3s"),
            Map.entry("RINGBACK_MAX_BODY_BYTES", "4"),
            Map.entry("RINGBACK_CORS_ORIGINS", "https://a.example,https://b.example"));
    assertThat(environment.keySet()).containsExactlyInAnyOrderElementsOf(names());
    assertThat(ServerConfig.read(environment, "node-1"))
        .isEqualTo(
            new ServerConfig(
                new Listen(
                    new Address("0.0.0.0", 0),
                    new Address("::1", 1),
                    new Address("10.0.0.1", 65_535)),
                new Envoy(
                    true,
                    Optional.of(Path.of("/opt/envoy")),
                    List.of("https://a.example", "https://b.example")),
                new Storage(
                    Optional.of(DatabaseUrl.parse("postgresql://u:p@h/db")), Path.of("/data")),
                new Tenants(Optional.of("rb_sk_0123456789abcdef")),
                "here",
                new Creates(Duration.ofMinutes(1), Duration.ofSeconds(1), Duration.ofSeconds(2), 4),
                new Callbacks(List.of("127.0.0.0/8", "::1/128"), 1, Duration.ofSeconds(3), true),
                new Retention(Duration.ofDays(90), Duration.ofDays(3))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\t"})
  void anEmptySettingHasItsDefault(String empty) throws InvalidSettings {
    Map<String, String> environment = new HashMap<>();
    names().forEach(name -> environment.put(name, empty));
    assertThat(ServerConfig.read(environment, "node-1"))
        .isEqualTo(ServerConfig.read(Map.of(), "node-1"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "HTTP_PORT         | 65536           | must be a whole number from 0 to 65535",
        "GRPC_PORT         | -1              | must be a whole number from 0 to 65535",
        "OPS_PORT          | http            | must be a whole number from 0 to 65535",
        "DATABASE_URL      | mysql://h/db    | must be postgresql://user:password@host:port/database, with @ : / ? and % in user and password percent-encoded, or a jdbc:postgresql: URL, with user and password as parameters",
        "API_KEY           | rb_sk_of_the_tests | must be 22 to 200 visible ASCII characters that nobody guesses, such as those of `openssl rand -base64 24`",
        "API_KEY           | password1password1password1 | must be 22 to 200 visible ASCII characters that nobody guesses, such as those of `openssl rand -base64 24`",
        "API_KEY           | with a space    | must be 22 to 200 visible ASCII characters that nobody guesses, such as those of `openssl rand -base64 24`",
        "NODE_ID           | a b             | must be 1 to 100 visible ASCII characters",
        "CALLBACK_ALLOW    | ::1,localhost   | must be CIDRs: not a CIDR such as 10.0.0.0/8 or fc00::/7: \"localhost\"",
        "CALLBACK_ALLOW    | 10.0.0.0/33     | must be CIDRs: not a CIDR such as 10.0.0.0/8 or fc00::/7: \"10.0.0.0/33\"",
        "ENVOY             | yes             | must be true or false",
        "ATTEMPT_DEADLINE  | 30              | must be a duration such as 30s or 1h, from 10ms to 30m",
        "ATTEMPT_DEADLINE  | 31m             | must be a duration such as 30s or 1h, from 10ms to 30m",
        "RETRY_MIN_BACKOFF | 9ms             | must be a duration such as 30s or 1h, from 10ms to 24h",
        "RETRY_MAX_BACKOFF | 2d              | must be a duration such as 30s or 1h, from 10ms to 24h",
        "ATTEMPT_RETENTION | 23h             | must be a duration such as 30s or 1h, from 24h to 87600h",
        "ATTEMPT_RETENTION | 3651d           | must be a duration such as 30s or 1h, from 24h to 87600h",
        "EVENT_RETENTION   | 1h              | must be a duration such as 30s or 1h, from 24h to 87600h",
        "CALL_SLOTS        | 0               | must be a whole number from 1 to 100000",
        "DRAIN_GRACE       | 213503982335d   | must be a duration such as 30s or 1h, from 10ms to 1h",
        "MAX_BODY_BYTES    | 3145729         | must be a whole number from 0 to 3145728",
        "MAX_BODY_BYTES    | 99999999999     | must be a whole number from 0 to 3145728",
        "RETRY_MIN_BACKOFF | 2h              | _",
      })
  void tellsWhatIsWrong(String name, String value, String problem) {
    String expected =
        problem.equals("_")
            ? "RINGBACK_RETRY_MAX_BACKOFF must not be shorter than RINGBACK_RETRY_MIN_BACKOFF"
            : "RINGBACK_" + name + " " + problem;
    assertThat(problems(Map.of("RINGBACK_" + name, value))).containsExactly(expected);
  }

  @Test
  void tellsAllThatIsWrongAtOnceAndNoSecret() {
    Map<String, String> environment = new HashMap<>();
    names().forEach(name -> environment.put(name, "hunter2 %zz"));
    environment.put("RINGBACK_DATABASE_URL", "postgresql://u:hunter2%zz@h/db");
    List<String> problems = problems(environment);
    assertThat(problems)
        .extracting(problem -> problem.substring(0, problem.indexOf(' ')))
        .containsExactlyElementsOf(
            names().stream()
                // Any text will do.
                .filter(name ->
                    !name.matches("RINGBACK_(.*BIND_ADDRESS|DATA_DIR|CORS_ORIGINS|ENVOY_BIN)"))
                .toList());
    assertThat(problems)
        .filteredOn(problem -> !problem.startsWith("RINGBACK_CALLBACK_ALLOW"))
        .noneMatch(problem -> problem.contains("hunter2"));
  }

  @Test
  void itsTextHoldsNoSecret() throws InvalidSettings {
    ServerConfig config =
        ServerConfig.read(
            Map.of(
                "RINGBACK_API_KEY", "rb_sk_of_hunter2_0123456789",
                "RINGBACK_DATABASE_URL", "postgresql://u:hunter2@h/db"),
            "node-1");
    assertThat(config.toString()).doesNotContain("hunter2");
  }

  @Test
  void tellsTheSettingsThatApplyAndNoSecret() {
    List<String> shown =
        ServerConfig.shown(
            Map.of(
                "RINGBACK_API_KEY", "rb_sk_of_hunter2_0123456789",
                "RINGBACK_DATABASE_URL", "postgresql://u:hunter2@h/db",
                "RINGBACK_HTTP_PORT", "0"),
            "node-1");
    assertThat(shown)
        .hasSameSizeAs(names())
        .contains(
            "RINGBACK_API_KEY=(set; not shown)",
            "RINGBACK_DATABASE_URL=(set; not shown)",
            "RINGBACK_HTTP_PORT=0",
            "RINGBACK_NODE_ID=node-1  (default)",
            "RINGBACK_ENVOY_BIN=  (default)");
    assertThat(shown).noneMatch(line -> line.contains("hunter2"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "RINGBACK_HTPP_PORT | 1 | ; did you mean RINGBACK_HTTP_PORT?",
        "RINGBACK_PORT | 8080 | ; did you mean RINGBACK_HTTP_PORT?",
        "RINGBACK_DATABASEURL | x | ; did you mean RINGBACK_DATABASE_URL?",
        "RINGBACK_KEY | x | ''",
        "RINGBACK_XYZZY | x | ''",
      })
  void tellsWhatLooksLikeASettingAndIsNone(String name, String value, String hint) {
    assertThat(ServerConfig.unknown(Map.of(name, value)))
        .containsExactly(name + " is no setting" + hint);
  }

  @Test
  void doesNotWonderAtVariablesOfClientsAndOfKubernetes() {
    Map<String, String> others =
        Map.of(
            "RINGBACK_ENDPOINT", "http://127.0.0.1:8080",
            "RINGBACK_JAR", "/opt/ringback.jar",
            "RINGBACK_PORT", "tcp://10.0.0.1:8080",
            "RINGBACK_PORT_8080_TCP_ADDR", "10.0.0.1",
            "RINGBACK_SERVICE_HOST", "10.0.0.1",
            "RINGBACK_SERVICE_PORT_HTTP", "8080",
            "PATH", "/bin");
    assertThat(ServerConfig.unknown(others)).isEmpty();
    Map<String, String> settings = new HashMap<>();
    names().forEach(name -> settings.put(name, "x"));
    assertThat(ServerConfig.unknown(settings)).isEmpty();
  }

  private static List<String> problems(Map<String, String> environment) {
    return catchThrowableOfType(
            InvalidSettings.class, () -> ServerConfig.read(environment, "node-1"))
        .problems();
  }

  /** The variables that the settings come from, in the order in which they are read. */
  static List<String> names() {
    List<String> names = new ArrayList<>();
    Map<String, String> environment =
        new AbstractMap<>() {
          @Override
          public String getOrDefault(@Nullable Object name, String otherwise) {
            names.add(String.valueOf(name));
            return otherwise;
          }

          @Override
          public Set<Entry<String, String>> entrySet() {
            return Set.of();
          }
        };
    assertThatNoException().isThrownBy(() -> ServerConfig.read(environment, "node-1"));
    return names;
  }
}
