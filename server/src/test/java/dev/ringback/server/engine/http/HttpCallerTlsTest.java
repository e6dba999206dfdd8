package dev.ringback.server.engine.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ringback.server.job.Callback;
import dev.ringback.server.job.Outcome;
import dev.ringback.server.job.Outcome.Answered;
import dev.ringback.server.job.Outcome.ErrorClass;
import dev.ringback.server.job.Outcome.Unanswered;
import dev.ringback.server.job.TargetUrl;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Calls over TLS to targets on this machine, whose names all lead there. */
@Timeout(20)
class HttpCallerTlsTest {
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  private static final Duration SHORT = Duration.ofMillis(400);

  @TempDir static Path folder;
  private static Certificates certificates;

  private HttpCaller caller;

  @BeforeAll
  static void sign() throws IOException, InterruptedException {
    certificates = new Certificates(folder);
    certificates.sign(
        "good", "CN=good", "-ext", "san=dns:localhost,dns:Svc.test,dns:*.wild.test,ip:127.0.0.1");
    certificates.sign("under", "CN=u", "-ext", Certificates.names("my_svc", "*.wild.test"));
    certificates.sign("nameless", "CN=localhost");
    certificates.sign("other", "CN=localhost", "-ext", "san=dns:other.test");
    certificates.sign(
        "expired",
        "CN=localhost",
        "-ext",
        "san=dns:localhost",
        "-startdate",
        "-9d",
        "-validity",
        "3");
    certificates.sign("early", "CN=localhost", "-ext", "san=dns:localhost", "-startdate", "+9d");
    certificates.make("self", "CN=localhost", "-ext", "san=dns:localhost");
  }

  @BeforeEach
  void open() throws IOException, GeneralSecurityException {
    caller =
        new HttpCaller(
            Calls.resolver(HttpCallerTlsTest::loopback), 2, "1", certificates.trusting());
  }

  @AfterEach
  void close() {
    caller.close();
  }

  private static InetAddress[] loopback(String host) {
    return new InetAddress[] {InetAddress.ofLiteral("127.0.0.1")};
  }

  /** RFC 9525. */
  @ParameterizedTest
  @CsvSource({
    "localhost, true",
    "svc.test, true",
    "SVC.test, true",
    "svc.test., true",
    "a.wild.test, true",
    "127.0.0.1, true",
    "wild.test, false",
    "a.b.wild.test, false",
    "single, false",
    "svc.tes, false",
  })
  void knowsWhomACertificateIsFor(String host, boolean covered) throws Exception {
    try (ScriptedTarget target = answering(certificates.of("good"))) {
      Outcome outcome = call(url(host, target), Calls.AMPLE);
      if (covered) {
        assertThat(((Answered) outcome).body()).asString().isEqualTo("ok");
      } else {
        assertRefused(outcome, host, "its certificate is for another name");
      }
    }
  }

  /** A target in Java takes no name with an underscore from anyone, so it is looked at itself. */
  @ParameterizedTest
  @CsvSource({
    "a_b.wild.test, true",
    "my_svc, true",
    "my_svc.other, false",
    "a.my_svc, false",
    "x_y.a.wild.test, false",
  })
  void namesMayHaveUnderscores(String name, boolean covered) throws Exception {
    X509Certificate certificate = certificates.certificate("under");
    ThrowingCallable check =
        () -> CertificateNames.check(certificate, name, InetAddress.ofLiteral("127.0.0.1"));
    if (covered) {
      assertThatCode(check).doesNotThrowAnyException();
    } else {
      assertThatThrownBy(check).hasMessage("its certificate is for another name");
    }
  }

  /** SNI has the name as it is (RFC 6066, 3), also where the JDK would leave it out. */
  @ParameterizedTest
  @CsvSource({
    "localhost, localhost",
    "SVC.test., svc.test",
    "my_svc, my_svc",
    "under_score.wild.test, under_score.wild.test",
    "127.0.0.1, ",
  })
  void tellsItsName(String host, @Nullable String name) throws Exception {
    CompletableFuture<byte[]> hello = new CompletableFuture<>();
    try (ScriptedTarget target = new ScriptedTarget(line -> hello.complete(line.firstBytes()))) {
      call(url(host, target), Calls.AMPLE);
      String said = new String(hello.get(5, TimeUnit.SECONDS), ISO_8859_1);
      if (name == null) {
        assertThat(said).doesNotContain(host);
      } else {
        // A list with one entry of type 0 (host name), each with its length.
        String entry = "\0\0" + (char) name.length() + name;
        assertThat(said).contains("\0" + (char) entry.length() + entry);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "nameless, its certificate names no host (it has no subjectAltName for one)",
    "other, its certificate is for another name",
    "expired, its certificate has expired",
    "early, its certificate is not valid yet",
    "self, its certificate is not trusted",
  })
  void tellsWhyACertificateIsRefused(String certificate, String problem) throws Exception {
    try (ScriptedTarget target = answering(certificates.of(certificate))) {
      assertRefused(call(url("localhost", target), Calls.AMPLE), "localhost", problem);
      assertThat(target.requests()).isEmpty();
    }
  }

  private static void assertRefused(Outcome outcome, String host, String problem) {
    Unanswered failed = (Unanswered) outcome;
    assertThat(failed.errorClass()).isEqualTo(ErrorClass.TLS);
    assertThat(failed.message()).isEqualTo("no TLS connection to " + host + ": " + problem);
    assertThat(failed.requestHeaders()).isEmpty();
  }

  @Test
  void usesAConnectionAgain() throws Exception {
    try (ScriptedTarget target = answering(certificates.of("good"))) {
      for (int i = 0; i < 3; i++) {
        assertThat(call(url("localhost", target), Calls.AMPLE)).isInstanceOf(Answered.class);
      }
      assertThat(target.connections()).isEqualTo(1);
    }
  }

  /** In the record of the answer, in one of its own, and as the end of TLS. */
  @ParameterizedTest
  @CsvSource({"OKMORE,''", "OK,MORE", "OK,END", "OK,CUT"})
  void usesNoConnectionOnWhichMoreCame(String first, String then) throws Exception {
    CountDownLatch answered = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    try (ScriptedTarget target =
        new ScriptedTarget(
            certificates.of("good"),
            line -> {
              line.request();
              line.send(first.replace("OK", OK).replace("MORE", OK));
              answered.await();
              switch (then) {
                case "MORE" -> line.send(OK);
                case "END" -> line.close();
                case "CUT" -> line.cut();
                default -> {}
              }
              done.countDown();
              while (line.request() != null) {
                line.send("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
              }
            })) {
      call(url("localhost", target), Calls.AMPLE);
      answered.countDown();
      assertThat(done.await(5, TimeUnit.SECONDS)).isTrue();
      assertThat(((Answered) call(url("localhost", target), Calls.AMPLE)).statusCode())
          .isEqualTo(200);
      assertThat(target.connections()).isEqualTo(2);
    }
  }

  /** RFC 8446, 6.1: without close_notify, what came may have been cut by anyone. */
  @ParameterizedTest
  @CsvSource({"true", "false"})
  void anAnswerWithoutALengthIsWholeOnlyWithTheEndOfTls(boolean whole) throws Exception {
    try (ScriptedTarget target =
        new ScriptedTarget(
            certificates.of("good"),
            line -> {
              line.request();
              line.send("HTTP/1.1 200 OK\r\n\r\nhalf or whole");
              if (!whole) {
                line.cut();
              }
            })) {
      Outcome outcome = call(url("localhost", target), Calls.AMPLE);
      if (whole) {
        assertThat(((Answered) outcome).body()).asString().isEqualTo("half or whole");
      } else {
        assertThat(((Unanswered) outcome).errorClass()).isEqualTo(ErrorClass.CLOSED);
        assertThat(((Unanswered) outcome).message())
            .isEqualTo("the target closed the connection before its answer was whole");
      }
    }
  }

  @Test
  void carriesLargeBodiesBothWays() throws Exception {
    byte[] body = new byte[1_000_000];
    for (int i = 0; i < body.length; i++) {
      body[i] = (byte) (i * 31);
    }
    try (ScriptedTarget target =
        new ScriptedTarget(
            certificates.of("good"),
            line -> {
              line.request();
              line.send("HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n" + "b".repeat(65_536));
            })) {
      Callback callback =
          new Callback(TargetUrl.stored(url("localhost", target)), "POST", Map.of(), body);
      Answered answer = (Answered) Calls.call(caller, callback, Map.of(), Calls.AMPLE);
      assertThat(target.requests().getFirst().body()).isEqualTo(body);
      assertThat(answer.body()).hasSize(65_536);
      assertThat(answer.truncated()).isFalse();
    }
  }

  @Test
  void noTls() throws IOException {
    try (ScriptedTarget target =
        new ScriptedTarget(line -> line.send("HTTP/1.1 400 Bad Request\r\n\r\n"))) {
      assertRefused(call(url("localhost", target), SHORT), "localhost", "it does not speak TLS");
    }
  }

  @Test
  void closesDuringTheHandshake() throws IOException {
    try (ScriptedTarget target =
        new ScriptedTarget(line -> {
          line.firstBytes();
          line.reset();
        })) {
      assertRefused(
          call(url("localhost", target), SHORT), "localhost", "it closed during the handshake");
    }
  }

  /** With an alert of TLS 1.2 that says so: warning, close_notify. */
  @Test
  void saysThatItClosesDuringTheHandshake() throws IOException {
    try (ScriptedTarget target =
        new ScriptedTarget(line -> {
          line.firstBytes();
          line.send(new byte[] {21, 3, 3, 0, 2, 1, 0});
          line.hold();
        })) {
      assertRefused(
          call(url("localhost", target), Calls.AMPLE),
          "localhost",
          "it closed during the handshake");
    }
  }

  @Test
  void refusesTheHandshake() throws Exception {
    SSLContext keyless = SSLContext.getInstance("TLS");
    keyless.init(null, null, null);
    try (ScriptedTarget target = new ScriptedTarget(keyless, ScriptedTarget.Line::firstBytes)) {
      assertRefused(
          call(url("localhost", target), Calls.AMPLE),
          "localhost",
          "the handshake failed (it sent handshake_failure)");
    }
  }

  @Test
  void stallsInTheHandshake() throws IOException {
    try (ScriptedTarget target = new ScriptedTarget(ScriptedTarget.Line::hold)) {
      Unanswered failed = (Unanswered) call(url("localhost", target), SHORT);
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
      Unanswered failed = (Unanswered) call(url("localhost", target), SHORT);
      assertThat(failed.errorClass()).isEqualTo(ErrorClass.TIMEOUT);
      assertThat(failed.duration()).isLessThan(SHORT.plusSeconds(3));
    }
  }

  private static ScriptedTarget answering(SSLContext tls) {
    return new ScriptedTarget(
        tls,
        line -> {
          while (line.request() != null) {
            line.send(OK);
          }
        });
  }

  private static String url(String host, ScriptedTarget target) {
    return "https://" + host + ":" + target.port() + "/";
  }

  private Outcome call(String url, Duration deadline) {
    Callback callback = new Callback(TargetUrl.stored(url), "GET", Map.of(), new byte[0]);
    return Calls.call(caller, callback, Map.of(), deadline);
  }
}
