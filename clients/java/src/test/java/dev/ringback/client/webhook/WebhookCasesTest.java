package dev.ringback.client.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Runs the cases of all clients; {@code clients/cases/README.md} says what they are made of. */
class WebhookCasesTest {
  private static final Path FILE = Path.of("../cases/webhook.json");

  static List<Arguments> cases() throws IOException {
    JsonNode file = new JsonMapper().readTree(Files.readString(FILE));
    JsonNode example = file.path("example");
    return file.path("cases")
        .valueStream()
        .map(given -> Arguments.of(given.path("name").asString(), given, example))
        .toList();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void aCaseIsAnsweredAsInAllClients(String name, JsonNode given, JsonNode example) {
    var hmacs = new AtomicInteger();
    Instant now = Instant.ofEpochSecond(of("now", given, example).asLong());
    List<Signer> signers =
        of("secrets", given, example)
            .valueStream()
            .map(secret -> counted(Signer.of(secret.asString()), hmacs))
            .toList();
    var verifier =
        new WebhookVerifier(
            new Secrets(signers, now), null, Duration.ofMinutes(5), InstantSource.fixed(now));
    byte[] body = of("body", given, example).asString().getBytes(UTF_8);
    Map<String, String> headers = headers(given, example);

    WebhookVerificationException refused =
        catchThrowableOfType(
            WebhookVerificationException.class, () -> verifier.verify(headers::get, body));

    if (given.has("refused")) {
      JsonNode expected = given.path("refused");
      assertThat(refused).hasMessage(expected.path("message").asString());
      assertThat(refused.reason().name().toLowerCase(Locale.ROOT))
          .isEqualTo(expected.path("reason").asString());
    } else {
      assertThat(refused).isNull();
    }
    assertThat(hmacs).hasValue(given.path("hmacs").asInt());
  }

  private static Signer counted(Signer signer, AtomicInteger count) {
    return (id, timestamp, body) -> {
      count.incrementAndGet();
      return signer.sign(id, timestamp, body);
    };
  }

  private static JsonNode of(String member, JsonNode given, JsonNode example) {
    return given.has(member) ? given.path(member) : example.path(member);
  }

  private static Map<String, String> headers(JsonNode given, JsonNode example) {
    Map<String, String> headers = new HashMap<>();
    Stream.of(example, given)
        .flatMap(node -> node.path("headers").propertyStream())
        .forEach(header ->
            headers.put(
                header.getKey(), header.getValue().isNull() ? null : header.getValue().asString()));
    if (given.has("signatures")) {
      List<String> signatures = new ArrayList<>();
      for (JsonNode part : given.path("signatures")) {
        signatures.addAll(Collections.nCopies(part.get(0).asInt(), part.get(1).asString()));
      }
      headers.put("webhook-signature", String.join(" ", signatures));
    }
    return headers;
  }
}
