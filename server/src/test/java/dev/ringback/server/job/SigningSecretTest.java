package dev.ringback.server.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SigningSecretTest {
  private static final Instant T = Instant.parse("2027-01-01T00:00:00Z");

  @ParameterizedTest
  @ValueSource(ints = {24, 32, 64})
  void readsWhatItWrites(int size) {
    byte[] key = new byte[size];
    key[0] = -1;
    String text = new SigningSecret(key, T, Optional.empty()).text();
    assertThat(text).startsWith("whsec_");
    assertThat(SigningSecret.parse(text))
        .hasValueSatisfying(read -> assertThat(read).isEqualTo(key));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 23, 65})
  void takesNoKeyThatIsTooShortOrTooLong(int size) {
    String text = "whsec_" + Base64.getEncoder().encodeToString(new byte[size]);
    assertThat(SigningSecret.parse(text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_***", "whsec_", "whpk_MfKQ9r8G"})
  void takesNoOtherText(String text) {
    assertThat(SigningSecret.parse(text)).isEmpty();
  }

  @Test
  void doesNotPrintItsKey() {
    var secret =
        new SigningSecret(
            SigningSecret.parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").orElseThrow(),
            T,
            Optional.of(T));
    assertThat(secret.toString()).contains("2027").doesNotContain("MfKQ", "[B@");
  }
}
