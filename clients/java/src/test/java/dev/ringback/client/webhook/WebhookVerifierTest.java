package dev.ringback.client.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ringback.client.webhook.WebhookVerificationException.Reason;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookVerifierTest {
  /** The example of the Standard Webhooks libraries. */
  private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

  private static final String ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
  private static final Instant AT = Instant.ofEpochSecond(1_614_265_330);
  private static final byte[] BODY = "{\"test\": 2432232314}".getBytes(UTF_8);
  private static final String SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

  private static final String OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

  private final Map<String, String> headers =
      new HashMap<>(
          Map.of(
              "webhook-id", ID,
              "webhook-timestamp", "1614265330",
              "webhook-signature", SIGNATURE));

  private static WebhookVerifier verifier(String... secrets) {
    return WebhookVerifier.of(secrets).withClock(InstantSource.fixed(AT));
  }

  private Reason refusal(WebhookVerifier verifier, byte[] body) {
    return catchThrowableOfType(
            WebhookVerificationException.class, () -> verifier.verify(headers::get, body))
        .reason();
  }

  @ParameterizedTest
  @ValueSource(strings = {SECRET, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
  void takesTheExampleOfStandardWebhooks(String secret) throws Exception {
    headers.put("x-ringback-attempt", "2");
    headers.put("x-ringback-job-id", "job_1");
    Delivery delivery = verifier(secret).verify(headers::get, BODY);
    assertThat(delivery.id()).isEqualTo(ID);
    assertThat(delivery.timestamp()).isEqualTo(AT);
    assertThat(delivery.attempt()).isEqualTo(2);
    assertThat(delivery.jobId()).contains("job_1");
    assertThat(delivery.text()).isEqualTo("{\"test\": 2432232314}");
    assertThat(delivery.toString()).contains(ID).doesNotContain("2432232314");
  }

  @Test
  void signsAsItVerifies() {
    assertThat(WebhookVerifier.sign(SECRET, ID, AT, BODY)).isEqualTo(SIGNATURE);
  }

  @Test
  void anyOfSeveralSecretsAndSignaturesWillDo() throws Exception {
    assertThat(verifier(OTHER, SECRET).verify(headers::get, BODY).id()).isEqualTo(ID);
    headers.put(
        "webhook-signature",
        "v1a,AAAA " + WebhookVerifier.sign(OTHER, ID, AT, BODY) + " " + SIGNATURE);
    assertThat(verifier(SECRET).verify(headers::get, BODY).id()).isEqualTo(ID);
  }

  @Test
  void theToleranceCanBeSet() {
    WebhookVerifier strict =
        verifier(SECRET).withTolerance(Duration.ofSeconds(1)).withClock(() -> AT.plusSeconds(2));
    assertThat(refusal(strict, BODY)).isEqualTo(Reason.TOO_OLD);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "whsec_", "whsec_not base64!", "whsec_c2hvcnQ="})
  void refusesASecretThatIsNoneWithoutTellingIt(String secret) {
    assertThatThrownBy(() -> WebhookVerifier.of(secret))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a signing secret must be whsec_ and the base64 of 24 to 64 bytes");
  }

  @Test
  void needsASecret() {
    assertThatThrownBy(WebhookVerifier::of).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aDeliveryOfAnOlderRingbackHasNoJobId() throws Exception {
    assertThat(verifier(SECRET).verify(headers::get, BODY).jobId()).isEmpty();
  }

  @Test
  void secretsAreReplacedForTheNextRequest() throws Exception {
    WebhookVerifier made = verifier(OTHER);
    WebhookVerifier sharing = made.withTolerance(Duration.ofSeconds(1));
    assertThat(refusal(made, BODY)).isEqualTo(Reason.NO_MATCHING_SIGNATURE);
    made.replaceSecrets(List.of(SECRET));
    assertThat(made.verify(headers::get, BODY).id()).isEqualTo(ID);
    assertThat(sharing.verify(headers::get, BODY).id()).isEqualTo(ID);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "whsec_c2hvcnQ="})
  void secretsThatAreNoneReplaceNothing(String wrong) throws Exception {
    WebhookVerifier verifier = verifier(SECRET);
    List<String> secrets = wrong.isEmpty() ? List.of() : List.of(OTHER, wrong);
    assertThatThrownBy(() -> verifier.replaceSecrets(secrets))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(verifier.verify(headers::get, BODY).id()).isEqualTo(ID);
  }

  @Test
  void whatRefreshesIsSetOnlyWhereSomethingDoes() {
    assertThatThrownBy(() -> verifier(SECRET).refreshAfter(Duration.ofMinutes(1)))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> verifier(SECRET).onRefreshError(e -> {}))
        .isInstanceOf(IllegalStateException.class);
  }
}
