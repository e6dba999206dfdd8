package dev.ringback.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.TlsServerCredentials;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
  void aFetchRefusesWhatAHeaderCantHold() {
    assertThatThrownBy(() -> FetchRequest.to("https://example.com/ä"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("x-fetch-url must be visible ASCII characters");
    assertThatThrownBy(() -> FetchRequest.to("https://example.com/").idempotencyKey("a\nb"))
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

  private static RingbackException failure(RingbackClient client) {
    try (client) {
      return catchThrowableOfType(
          RingbackException.class, () -> client.jobs().create(CreateJob.to("https://example.com")));
    }
  }

  private static RingbackClient.Builder once(String endpoint) {
    return by(Map.of("RINGBACK_API_KEY", "k")).endpoint(endpoint).maxAttempts(1);
  }

  @Test
  void speaksTlsAndSaysWhatIsWrongWithIt(@TempDir Path folder) throws Exception {
    KeyStore store = selfSigned(folder);
    Path certificate = folder.resolve("certificate.pem");
    Path key = folder.resolve("key.pem");
    Files.writeString(certificate, pem("CERTIFICATE", store.getCertificate("key").getEncoded()));
    Files.writeString(key, pem("PRIVATE KEY", store.getKey("key", PASSWORD).getEncoded()));
    SSLContext trusting = trusting(store);
    try (var fake =
        new FakeRingback(TlsServerCredentials.create(certificate.toFile(), key.toFile()))) {
      fake.answer = request -> FakeRingback.job("job_1", dev.ringback.v1.Job.Status.pending);
      String endpoint = "https://localhost:" + fake.port();
      try (var client = fake.client().endpoint(endpoint).tls(trusting).build()) {
        assertThatCode(() -> client.jobs().create(CreateJob.to("https://example.com")))
            .doesNotThrowAnyException();
      }
      var unknown = failure(once(endpoint).build());
      assertThat(unknown.code()).isEqualTo(Code.UNAVAILABLE);
      assertThat(unknown)
          .hasMessageStartingWith("UNAVAILABLE: " + endpoint + ": TLS failed: ")
          .hasMessageContaining("unable to find valid certification path");
      String other = "https://127.0.0.1:" + fake.port();
      assertThat(failure(once(other).tls(trusting).build()))
          .hasMessageStartingWith("UNAVAILABLE: " + other + ": TLS failed: ")
          .hasMessageContaining("127.0.0.1");
      String plain = "http://localhost:" + fake.port();
      assertThat(failure(once(plain).build())).hasMessageContaining(plain + ": ");
    }
    try (var fake = new FakeRingback()) {
      String endpoint = "https://127.0.0.1:" + fake.port();
      assertThat(failure(once(endpoint).tls(trusting).build()))
          .hasMessageMatching(
              "UNAVAILABLE: %s: TLS failed: the other side does not speak TLS; tried once in .*"
                  .formatted(endpoint));
    }
    assertThatThrownBy(
            () -> RingbackClient.builder().apiKey("k").endpoint("http://h").tls(trusting).build())
        .hasMessage("tls needs an https:// endpoint");
  }

  @ParameterizedTest
  @CsvSource({
    "http://127.0.0.1:1, connection refused",
    "https://127.0.0.1:1, connection refused",
    "http://nowhere.invalid, unknown host"
  })
  void saysWhichAddressCannotBeReachedAndWhy(String endpoint, String why) {
    var e = failure(once(endpoint).build());
    assertThat(e.code()).isEqualTo(Code.UNAVAILABLE);
    assertThat(e)
        .hasMessageMatching(
            "UNAVAILABLE: %s: %s; tried once in \\d\\.\\d s".formatted(endpoint, why));
    assertThat(e.getStackTrace()).isNotEmpty();
    StringWriter trace = new StringWriter();
    e.printStackTrace(new PrintWriter(trace));
    assertThat(trace.toString())
        .doesNotContain("Exception: io.", "Caused by: io.", "Channel Pipeline");
  }

  /** What JUL would print to stderr, where a program sets nothing else. */
  private static final class Logged extends Handler {
    private final List<String> records = new CopyOnWriteArrayList<>();

    @Override
    public void publish(LogRecord record) {
      if (record.getLevel().intValue() >= Level.INFO.intValue()) {
        records.add(record.getLoggerName() + ": " + record.getMessage());
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @Test
  void logsNothingOfItsInside() throws Exception {
    Logger root = Logger.getLogger("");
    Logged logged = new Logged();
    root.addHandler(logged);
    try {
      failure(once("http://nowhere.invalid").build());
      try (var fake = new FakeRingback()) {
        fake.answer = request -> FakeRingback.job("job_1", dev.ringback.v1.Job.Status.pending);
        ReferenceQueue<Object> gone = new ReferenceQueue<>();
        var reference = new PhantomReference<Object>(forgotten(fake), gone);
        // The server goes while the client is there, and the client is never closed.
        fake.close();
        while (gone.remove(10) == null) {
          System.gc();
        }
        assertThat(reference.refersTo(null)).isTrue();
      }
      // gRPC looks for forgotten channels when it makes another.
      for (int i = 0; i < 20; i++) {
        System.gc();
        once("http://127.0.0.1:1").build().close();
      }
    } finally {
      root.removeHandler(logged);
    }
    assertThat(logged.records).isEmpty();
  }

  private static Object forgotten(FakeRingback fake) {
    RingbackClient client = fake.client().build();
    client.jobs().create(CreateJob.to("https://example.com"));
    return client;
  }

  private static SSLContext trusting(KeyStore store) throws Exception {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    trusted.setCertificateEntry("ringback", store.getCertificate("key"));
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    return context;
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
