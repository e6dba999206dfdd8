package dev.ringback.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.ringback.server.job.Callback;
import dev.ringback.server.job.Outcome;
import dev.ringback.server.job.Outcome.Answered;
import dev.ringback.server.job.Outcome.ErrorClass;
import dev.ringback.server.job.Outcome.Unanswered;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Calls over TLS, to a server whose certificate is its own and says "localhost". */
@Timeout(20)
class HttpCallerTlsTest {
  private static final char[] PASSWORD = "changeit".toCharArray();
  private static final Duration SHORT = Duration.ofMillis(400);
  private static final AddressGuard GUARD = AddressGuard.parse("127.0.0.0/8");

  @TempDir static Path folder;
  private static SSLContext trusting;
  private static HttpsServer server;

  @BeforeAll
  static void start() throws IOException, InterruptedException, GeneralSecurityException {
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
            "-storetype",
            "PKCS12",
            "-storepass",
            new String(PASSWORD),
            "-keystore",
            file.toString())
        .inheritIO()
        .start()
        .waitFor();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      keys.load(in, PASSWORD);
    }
    KeyStore certificates = KeyStore.getInstance("PKCS12");
    certificates.load(null, null);
    certificates.setCertificateEntry("key", keys.getCertificate("key"));
    KeyManagerFactory own = KeyManagerFactory.getInstance("PKIX");
    own.init(keys, PASSWORD);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(certificates);
    trusting = SSLContext.getInstance("TLS");
    trusting.init(own.getKeyManagers(), trust.getTrustManagers(), null);

    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(trusting));
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, 2);
          exchange.getResponseBody().write(new byte[] {'o', 'k'});
          exchange.close();
        });
    server.start();
  }

  @AfterAll
  static void stop() {
    server.stop(0);
  }

  @Test
  void answers() {
    try (HttpCaller caller = new HttpCaller(GUARD, 2, "1", trusting)) {
      for (int i = 0; i < 2; i++) {
        Answered answer = (Answered) call(caller, "https://localhost:" + port());
        assertThat(answer.body()).asString().isEqualTo("ok");
      }
    }
  }

  @Test
  void untrustedCertificate() {
    try (HttpCaller caller = new HttpCaller(GUARD, 2, "1")) {
      Unanswered failed = (Unanswered) call(caller, "https://localhost:" + port());
      assertThat(failed.errorClass()).isEqualTo(ErrorClass.TLS);
      assertThat(failed.message())
          .isEqualTo("no TLS connection to localhost: its certificate is not trusted");
    }
  }

  @Test
  void certificateForAnotherName() {
    try (HttpCaller caller = new HttpCaller(GUARD, 2, "1", trusting)) {
      Unanswered failed = (Unanswered) call(caller, "https://127.0.0.1:" + port());
      assertThat(failed.errorClass()).isEqualTo(ErrorClass.TLS);
      assertThat(failed.message())
          .isEqualTo("no TLS connection to 127.0.0.1: its certificate is for another name");
    }
  }

  @Test
  void noTls() throws IOException {
    try (ScriptedTarget target =
        new ScriptedTarget(line -> line.send("HTTP/1.1 400 Bad Request\r\n\r\n"))) {
      assertThat(failure(target).errorClass()).isEqualTo(ErrorClass.TLS);
    }
  }

  @Test
  void closesDuringTheHandshake() throws IOException {
    try (ScriptedTarget target =
        new ScriptedTarget(line -> {
          line.firstByte();
          line.reset();
        })) {
      assertThat(failure(target).errorClass()).isEqualTo(ErrorClass.TLS);
    }
  }

  @Test
  void stallsInTheHandshake() throws IOException {
    try (ScriptedTarget target = new ScriptedTarget(ScriptedTarget.Line::hold)) {
      Unanswered failed = failure(target);
      assertThat(failed.errorClass()).isEqualTo(ErrorClass.TIMEOUT);
      assertThat(failed.message()).isEqualTo("no TLS handshake with localhost within 0.4 s");
      assertThat(failed.requestHeaders()).isEmpty();
      assertThat(failed.duration()).isLessThan(SHORT.plusSeconds(3));
    }
  }

  /** A time-out of each read would never end this one. */
  @Test
  void dripsInTheHandshake() throws IOException {
    try (ScriptedTarget target =
        new ScriptedTarget(line -> {
          line.send(new byte[] {22, 3, 3, 64, 0});
          while (line.waitMillis(20)) {
            line.send(new byte[] {2});
          }
        })) {
      Unanswered failed = failure(target);
      assertThat(failed.errorClass()).isEqualTo(ErrorClass.TIMEOUT);
      assertThat(failed.duration()).isLessThan(SHORT.plusSeconds(3));
    }
  }

  private static Unanswered failure(ScriptedTarget target) {
    try (HttpCaller caller = new HttpCaller(GUARD, 2, "1", trusting)) {
      return (Unanswered) call(caller, "https://localhost:" + target.port() + "/", SHORT);
    }
  }

  private static Outcome call(HttpCaller caller, String url) {
    return call(caller, url, Duration.ofSeconds(5));
  }

  private static Outcome call(HttpCaller caller, String url, Duration deadline) {
    return caller.call(new Callback(url, "GET", Map.of(), new byte[0]), Map.of(), deadline);
  }

  private static int port() {
    return server.getAddress().getPort();
  }
}
