package dev.ringback.server.api.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.refusal.Violation;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

public class HeaderFieldsTest {
  @ParameterizedTest
  @CsvSource({
    "Content-Type, application/json",
    "Authorization, Bearer a.b-c_d=",
    "User-Agent, me",
    "x!#$%&'*+.^_`|~9, a",
    "X-Empty, ''",
    "X-Short, a",
    "X-Spaced, a b\tc",
    "X-Quoted, '\"a\", b; c=(d)'",
    "Webhook, a",
    "X-Ringback, a",
  })
  void acceptsWhatAJobMaySend(String name, String value) {
    assertThat(problems(Map.of(name, value))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "a b", "a:", ":path", "a\r\nb", "a\n", "a\0", "ä", "(a)", "a,b", "a\t"})
  void refusesANameThatIsNoToken(String name) {
    assertThat(problems(Map.of(name, "1")))
        .singleElement()
        .isEqualTo(
            new Violation(
                "headers[" + name + "]",
                "has an invalid name: letters, digits and any of !#$%&'*+-.^_`|~ are allowed"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        " ",
        " a",
        "a ",
        "\ta",
        "a\r\nX: 1",
        "a\n",
        "\n",
        "a\rb",
        "a\0b",
        "a\u007fb",
        "ä",
        "a→b"
      })
  void refusesAValueThatNoReceiverWouldKeep(String value) {
    assertThat(problems(Map.of("X", value)))
        .singleElement()
        .isEqualTo(
            new Violation(
                "headers[X]",
                "has an invalid value: visible ASCII characters, with spaces and tabs between"
                    + " them, are allowed"));
  }

  @ParameterizedTest
  @CsvSource({
    "Connection, is a hop-by-hop header",
    "keep-alive, is a hop-by-hop header",
    "Proxy-Authenticate, is a hop-by-hop header",
    "Proxy-Authorization, is a hop-by-hop header",
    "Proxy-Connection, is a hop-by-hop header",
    "TE, is a hop-by-hop header",
    "Trailer, is a hop-by-hop header",
    "Transfer-Encoding, is a hop-by-hop header",
    "UPGRADE, is a hop-by-hop header",
    "Host, is set by Ringback from the URL and the body",
    "Content-Length, is set by Ringback from the URL and the body",
    "Expect, is set by Ringback from the URL and the body",
    "X-Fliq-Delivery-Id, is set by Ringback",
    "Webhook-Id, is set by Ringback",
    "webhook-signature, is set by Ringback",
    "X-Ringback-Attempt, is set by Ringback",
  })
  void refusesWhatIsNotTheJobsToSet(String name, String problem) {
    assertThat(problems(Map.of(name, "1")))
        .singleElement()
        .satisfies(violation -> {
          assertThat(violation.field()).isEqualTo("headers[" + name + "]");
          assertThat(violation.description()).startsWith(problem);
        });
  }

  @Test
  void tellsNameAndValueBoth() {
    assertThat(problems(Map.of("a b", "\n"))).hasSize(2);
    assertThat(problems(Map.of("Host", "\n"))).hasSize(2);
  }

  @Test
  void refusesNamesThatDifferInCaseAlone() {
    assertThat(problems(new TreeMap<>(Map.of("X-A", "1", "x-a", "2"))))
        .containsExactly(
            new Violation("headers[x-a]", "is given twice: case makes no difference in a name"));
  }

  @Test
  void hasLimits() {
    assertThat(problems(numbered(100, ""))).isEmpty();
    assertThat(problems(numbered(101, "")))
        .containsExactly(new Violation("headers", "must be at most 100"));
    assertThat(problems(Map.of("X", "a".repeat(32 * 1024 - 1)))).isEmpty();
    assertThat(problems(Map.of("X", "a".repeat(32 * 1024))))
        .containsExactly(new Violation("headers", "must have at most 32768 characters in all"));
    assertThat(problems(Map.of("X", "a".repeat(1 << 20) + "\n"))).hasSize(2);
  }

  public static Map<String, String> numbered(int count, String end) {
    Map<String, String> headers = new TreeMap<>();
    IntStream.range(0, count).forEach(i -> headers.put("x-" + i + end, "1"));
    return headers;
  }

  private static List<Violation> problems(Map<String, String> headers) {
    Violations violations = new Violations();
    assertThat(HeaderFields.read("headers", headers, violations)).isEqualTo(headers);
    return ViolationsTest.told(violations);
  }
}
