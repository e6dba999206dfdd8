package dev.ringback.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.Status;
import io.grpc.TlsChannelCredentials;
import io.grpc.TlsServerCredentials;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class RingbackClientTest {
  private static final char[] PASSWORD = "password".toCharArray();

  private static RingbackClient.Builder by(Map<String, String> environment) {
    return new RingbackClient.Builder(environment::get);
  }

  @Test
  void takesEndpointAndKeyFromTheEnvironment() throws Exception {
    try (var fake = new FakeRingback();
        var client =
            by(Map.of(
                    "RINGBACK_ENDPOINT",
                    "http://127.0.0.1:" + fake.port(),
                    "RINGBACK_API_KEY",
                    " rb_sk_environment\n"))
                .build()) {
      fake.answer = request -> FakeRingback.job("job_1", dev.ringback.v1.Job.Status.pending);
      assertThat(client.jobs().create(CreateJob.to("https://example.com")).id()).isEqualTo("job_1");
      assertThat(fake.header(0, "authorization")).isEqualTo("Bearer rb_sk_environment");
      assertThat(fake.header(0, "user-agent"))
          .matches("ringback-java/\\d+\\.\\d+\\.\\d+.* grpc-java.*");
    }
  }

  @Test
  void whatIsSetWinsOverTheEnvironment() throws Exception {
    try (var fake = new FakeRingback();
        var client =
            by(Map.of("RINGBACK_ENDPOINT", "http://127.0.0.1:1", "RINGBACK_API_KEY", "rb_sk_other"))
                .endpoint("http://127.0.0.1:" + fake.port() + "/")
                .apiKey("rb_sk_set")
                .build()) {
      fake.answer = request -> FakeRingback.job("job_1", dev.ringback.v1.Job.Status.pending);
      client.jobs().create(CreateJob.to("https://example.com"));
      assertThat(fake.header(0, "authorization")).isEqualTo("Bearer rb_sk_set");
    }
  }

  @Test
  void aMissingKeyIsToldByItsName() {
    assertThatThrownBy(() -> by(Map.of("RINGBACK_API_KEY", " ")).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("RINGBACK_API_KEY");
  }

  @Test
  void aKeyThatIsNoneIsRefusedWithoutTellingIt() {
    assertThatThrownBy(() -> by(Map.of("RINGBACK_API_KEY", "hidden\nkey")).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("visible ASCII")
        .hasMessageNotContaining("hidden");
  }

  @Test
  void aRelayRefusesWhatAHeaderCantHold() {
    assertThatThrownBy(() -> Relay.to("https://example.com/ä"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("x-fetch-url must be visible ASCII characters");
    assertThatThrownBy(() -> Relay.to("https://example.com/").idempotencyKey("a\nb"))
        .hasMessageStartingWith("idempotency-key must");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost:8080",
        "ftp://host",
        "http://",
        "http://user:pass@host",
        "http://host/api",
        "http://a b"
      })
  void anEndpointThatIsNoneIsRefused(String endpoint) {
    assertThatThrownBy(() -> by(Map.of("RINGBACK_API_KEY", "k")).endpoint(endpoint).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the endpoint must be http://host:port or https://host:port");
  }

  @Test
  void doesNotPrintTheKey() {
    try (var client = by(Map.of("RINGBACK_API_KEY", "rb_sk_secret")).build()) {
      assertThat(client.toString()).isEqualTo("RingbackClient[http://127.0.0.1:8080]");
    }
  }

  @Test
  void speaksTls(@TempDir Path folder) throws Exception {
    KeyStore store = selfSigned(folder);
    Path certificate = folder.resolve("certificate.pem");
    Path key = folder.resolve("key.pem");
    Files.writeString(certificate, pem("CERTIFICATE", store.getCertificate("key").getEncoded()));
    Files.writeString(key, pem("PRIVATE KEY", store.getKey("key", PASSWORD).getEncoded()));
    var trusted = TlsChannelCredentials.newBuilder().trustManager(certificate.toFile()).build();
    try (var fake =
        new FakeRingback(TlsServerCredentials.create(certificate.toFile(), key.toFile()))) {
      fake.answer = request -> FakeRingback.job("job_1", dev.ringback.v1.Job.Status.pending);
      String endpoint = "https://localhost:" + fake.port();
      try (var client = fake.client().endpoint(endpoint).tls(trusted).build()) {
        assertThatCode(() -> client.jobs().create(CreateJob.to("https://example.com")))
            .doesNotThrowAnyException();
      }
      try (var client = fake.client().endpoint(endpoint).maxAttempts(1).build()) {
        var refused =
            catchThrowableOfType(
                RingbackException.class,
                () -> client.jobs().create(CreateJob.to("https://example.com")));
        assertThat(refused.code())
            .as("the JDK does not trust it")
            .isEqualTo(Status.Code.UNAVAILABLE);
      }
    }
    assertThatThrownBy(
            () -> RingbackClient.builder().apiKey("k").endpoint("http://h").tls(trusted).build())
        .hasMessage("tls needs an https:// endpoint");
  }

  /** For localhost. */
  private static KeyStore selfSigned(Path folder) throws Exception {
    Path file = folder.resolve("key.p12");
    new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            "-genkeypair",
            "-alias",
            "key",
            "-keyalg",
            "EC",
            "-dname",
            "CN=localhost",
            "-ext",
            "san=dns:localhost",
            "-storepass",
            new String(PASSWORD),
            "-keystore",
            file.toString())
        .inheritIO()
        .start()
        .waitFor();
    return KeyStore.getInstance(file.toFile(), PASSWORD);
  }

  private static String pem(String kind, byte[] content) {
    String base64 = Base64.getMimeEncoder().encodeToString(content);
    return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n".formatted(kind, base64);
  }
}
