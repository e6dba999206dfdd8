package dev.ringback.server.engine.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.job.Callback;
import dev.ringback.server.job.Outcome;
import dev.ringback.server.job.Outcome.ErrorClass;
import dev.ringback.server.job.Outcome.Unanswered;
import dev.ringback.server.job.TargetUrl;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said of targets that do not answer as they should. */
@Timeout(10)
class HttpCallerFailureTest {
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final Duration AMPLE = Calls.AMPLE;

  private final HttpCaller caller =
      new HttpCaller(AddressGuard.parse("127.0.0.0/8,::1/128"), new OwnPorts(), 8, "1.2.3");
  private final HttpCaller strict =
      new HttpCaller(AddressGuard.parse(""), new OwnPorts(), 8, "1.2.3");

  @AfterEach
  void close() {
    caller.close();
    strict.close();
  }

  @Test
  void refused() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Unanswered failed = fails("http://127.0.0.1:" + port, AMPLE);
    assertThat(failed.errorClass()).isEqualTo(ErrorClass.CONNECT);
    assertThat(failed.message()).isEqualTo("no connection to 127.0.0.1: Connection refused");
    assertThat(failed.requestHeaders()).isEmpty();
  }

  @Test
  void connectTimesOut() throws IOException {
    // A full backlog: the system answers no more, as a host behind a silent firewall.
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      List<Socket> fillers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Socket filler = new Socket();
        fillers.add(filler);
        Thread.startVirtualThread(() -> connect(filler, full));
      }
      Unanswered failed = null;
      // The fillers need a moment to fill the backlog; until then a call is unanswered otherwise.
      do {
        failed = fails("http://127.0.0.1:" + full.getLocalPort(), SHORT);
      } while (failed.errorClass() == ErrorClass.TIMEOUT);
      assertThat(failed.errorClass()).isEqualTo(ErrorClass.CONNECT_TIMEOUT);
      assertThat(failed.message()).isEqualTo("no connection to 127.0.0.1 within 0.3 s");
      for (Socket filler : fillers) {
        filler.close();
      }
    }
  }

  @Test
  void noAnswer() throws IOException {
    try (ScriptedTarget target = new ScriptedTarget(ScriptedTarget.Line::hold)) {
      Unanswered failed = fails(target.url(), SHORT);
      assertThat(failed.errorClass()).isEqualTo(ErrorClass.TIMEOUT);
      assertThat(failed.message()).isEqualTo("no answer within 0.3 s");
      assertThat(failed.requestHeaders()).containsKey("Host");
      assertThat(failed.duration()).isBetween(SHORT, SHORT.plusSeconds(3));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"HTTP/1.1 200 OK\r\nX-Slow: ", "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"})
  void drips(String start) throws IOException {
    try (ScriptedTarget target =
        new ScriptedTarget(line -> {
          line.request();
          line.send(start);
          while (line.waitMillis(20)) {
            line.send(".");
          }
        })) {
      Unanswered failed = fails(target.url(), SHORT);
      assertThat(failed.errorClass()).isEqualTo(ErrorClass.TIMEOUT);
      assertThat(failed.message()).matches("no (whole )?answer within 0.3 s");
      assertThat(failed.duration()).isBetween(SHORT, SHORT.plusSeconds(3));
    }
  }

  @Test
  void readsNothing() throws IOException {
    try (ScriptedTarget target = new ScriptedTarget(line -> line.waitMillis(5_000))) {
      Outcome outcome =
          Calls.call(
              caller,
              new Callback(TargetUrl.stored(target.url()), "POST", Map.of(), new byte[30_000_000]),
              Map.of(),
              SHORT);
      assertThat(((Unanswered) outcome).errorClass()).isEqualTo(ErrorClass.TIMEOUT);
      assertThat(outcome.duration()).isLessThan(SHORT.plusSeconds(3));
    }
  }

  @Test
  void interrupted() throws Exception {
    try (ScriptedTarget target = new ScriptedTarget(ScriptedTarget.Line::hold)) {
      FutureTask<Unanswered> call = new FutureTask<>(() -> fails(target.url(), AMPLE));
      Thread thread = Thread.startVirtualThread(call);
      thread.interrupt();
      Unanswered failed = call.get();
      assertThat(failed.errorClass()).isEqualTo(ErrorClass.INTERNAL);
      assertThat(failed.message()).isEqualTo("the call was interrupted");
    }
  }

  @Test
  void closesBeforeAnAnswer() throws IOException {
    try (ScriptedTarget target = new ScriptedTarget(line -> line.request())) {
      Unanswered failed = fails(target.url(), AMPLE);
      assertThat(failed.errorClass()).isEqualTo(ErrorClass.CLOSED);
      assertThat(failed.message()).isEqualTo("the target closed the connection before it answered");
      // Nobody knows whether the request was acted on, so it was sent once.
      assertThat(target.requests()).hasSize(1);
    }
  }

  @Test
  void resetsBeforeAnAnswer() throws IOException {
    try (ScriptedTarget target =
        new ScriptedTarget(line -> {
          line.request();
          line.reset();
        })) {
      assertThat(fails(target.url(), AMPLE).errorClass()).isEqualTo(ErrorClass.CLOSED);
      assertThat(target.requests()).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nX-Half: "
      })
  void closesInTheMiddle(String bytes) throws IOException {
    assertThat(failsOn(bytes).errorClass()).isEqualTo(ErrorClass.CLOSED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SSH-2.0-OpenSSH_9.9\r\n\r\n",
        "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: rot13\r\n\r\nzz\r\n",
        "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 2000\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n",
        "\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 099 Low\r\n\r\n",
        // Lengths are digits of ASCII, and chunks' sizes too.
        "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2.0\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 1 1\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: \u00d9\u00a2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: \u00ef\u00bc\u0092\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: \u00b2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\0\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: \u000b2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+2\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2 \r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n 2\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\u00b2\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\u00d9\u00a2\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000002\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokk\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: \u000bchunked\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: \r\nContent-Length: 2\r\n\r\nok",
        // Headers that others might read otherwise.
        "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\n Content-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nX-A: b\rContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: no name\r\n\r\n",
      })
  void speaksNoHttp(String bytes) throws IOException {
    Unanswered failed = failsOn(bytes);
    assertThat(failed.errorClass()).isEqualTo(ErrorClass.PROTOCOL);
    assertThat(failed.message()).startsWith("the answer is not valid HTTP: ");
  }

  @Test
  void speaksForEverBeforeItAnswers() throws IOException {
    Unanswered failed = failsOn("HTTP/1.1 102 Processing\r\n\r\n".repeat(5_000));
    assertThat(failed.errorClass()).isEqualTo(ErrorClass.PROTOCOL);
  }

  @Test
  void sendsTooManyOrTooLongHeaders() throws IOException {
    Unanswered many = failsOn("HTTP/1.1 200 OK\r\n" + "X-A: b\r\n".repeat(201) + "\r\n");
    assertThat(many.errorClass()).isEqualTo(ErrorClass.PROTOCOL);
    assertThat(many.message()).contains("200 headers");
    Unanswered wide = failsOn("HTTP/1.1 200 OK\r\nX-A: " + "b".repeat(66_000) + "\r\n\r\n");
    assertThat(wide.errorClass()).isEqualTo(ErrorClass.PROTOCOL);
    assertThat(wide.message()).contains("64 KiB");
  }

  @Test
  void unknownHost() {
    Unanswered failed = fails("http://no-such-host.invalid/", AMPLE);
    assertThat(failed.errorClass()).isEqualTo(ErrorClass.DNS);
    assertThat(failed.message())
        .isEqualTo("the name no-such-host.invalid has no address that callbacks may reach");
  }

  /** Who asks must not learn which names there are in the network that Ringback runs in. */
  @Test
  void aNameThatMustNotBeReachedIsAsOneThatThereIsNot() throws Exception {
    HostLookup.Source names =
        host -> {
          if (host.equals("internal.test")) {
            return new InetAddress[] {InetAddress.ofLiteral("10.0.0.5")};
          }
          throw new UnknownHostException(host + ": Name or service not known");
        };
    Resolver resolver = Calls.resolver(names, AddressGuard.parse(""));
    try (HttpCaller asking = new HttpCaller(resolver, 2, "1", SSLContext.getDefault())) {
      Unanswered there = (Unanswered) Calls.get(asking, "http://internal.test/");
      Unanswered notThere = (Unanswered) Calls.get(asking, "http://notthere.test/");
      assertThat(there.errorClass()).isEqualTo(ErrorClass.DNS).isEqualTo(notThere.errorClass());
      assertThat(there.message())
          .isEqualTo("the name internal.test has no address that callbacks may reach")
          .isEqualTo(notThere.message().replace("notthere", "internal"));
    }
  }

  @Test
  void aHostMayHaveAnUnderscore() {
    assertThat(fails("http://no_such_host.invalid:81/", AMPLE).message())
        .isEqualTo("the name no_such_host.invalid has no address that callbacks may reach");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0.0.1:%d/",
        "http://127.1:%d/",
        "http://2130706433:%d/",
        "http://0x7f000001:%d/",
        "http://0x7f.0.0.1:%d/",
        "http://localhost:%d/",
        "http://LOCALHOST:%d/",
        "http://0.0.0.0:%d/",
        "http://0:%d/",
        "http://[::1]:%d/",
        "http://[::]:%d/",
        "http://[::ffff:127.0.0.1]:%d/",
        "http://[::ffff:7f00:1]:%d/",
        "http://[0:0:0:0:0:0:0:1]:%d/",
        "http://127.0.0.1:%d#@8.8.8.8/",
        "http://127.0.0.1:%d?@8.8.8.8/",
        "https://127.0.0.1:%d/",
      })
  void reachesNoFormOfLoopback(String url) throws IOException {
    try (ScriptedTarget target = ScriptedTarget.answering("HTTP/1.1 200 OK\r\n\r\n")) {
      Outcome outcome =
          Calls.call(
              strict,
              new Callback(
                  TargetUrl.stored(url.formatted(target.port())), "GET", Map.of(), new byte[0]),
              Map.of(),
              SHORT);
      // The JDK takes hexadecimal for a name.
      assertThat(((Unanswered) outcome).errorClass())
          .isIn(
              url.contains("0x")
                  ? List.of(ErrorClass.DNS, ErrorClass.TIMEOUT)
                  : List.of(ErrorClass.BLOCKED_ADDRESS));
      assertThat(target.connections()).isZero();
    }
  }

  @Test
  void blockedSaysHowToAllow() {
    Outcome outcome =
        Calls.call(
            strict,
            new Callback(TargetUrl.stored("http://10.0.0.1/"), "GET", Map.of(), new byte[0]),
            Map.of(),
            SHORT);
    assertThat(((Unanswered) outcome).message())
        .isEqualTo("the address of 10.0.0.1 is not public; allow it with RINGBACK_CALLBACK_ALLOW");
    assertThat(outcome.requestHeaders()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ftp://x/",
        "/path",
        "http://",
        "http:///x",
        "http://x:0/",
        "http://x:99999/",
        "ü"
      })
  void urlsThatLeadNowhere(String url) {
    assertThat(fails(url, SHORT).errorClass()).isEqualTo(ErrorClass.PROTOCOL);
  }

  @Test
  void headerNamesThatBreakTheFrame() throws IOException {
    try (ScriptedTarget target = ScriptedTarget.answering("HTTP/1.1 200 OK\r\n\r\n")) {
      Outcome outcome =
          Calls.call(
              caller,
              new Callback(
                  TargetUrl.stored(target.url()), "GET", Map.of("X\r\nY", "z"), new byte[0]),
              Map.of(),
              SHORT);
      assertThat(((Unanswered) outcome).errorClass()).isEqualTo(ErrorClass.PROTOCOL);
      assertThat(target.connections()).isZero();
    }
  }

  @Test
  void headerValuesCannotAddHeaders() throws IOException {
    try (ScriptedTarget target =
        ScriptedTarget.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) {
      Calls.call(
          caller,
          new Callback(
              TargetUrl.stored(target.url()), "GET", Map.of("X", "a\r\nY: b"), new byte[0]),
          Map.of(),
          AMPLE);
      assertThat(target.requests().getFirst().lines()).contains("X: a  Y: b");
    }
  }

  @Test
  void aFailureUsesUpNoSlot() throws IOException {
    try (ScriptedTarget target = new ScriptedTarget(line -> line.request())) {
      for (int i = 0; i < 20; i++) {
        assertThat(fails(target.url(), AMPLE).errorClass()).isEqualTo(ErrorClass.CLOSED);
      }
    }
  }

  private static void connect(Socket socket, ServerSocket to) {
    try {
      socket.connect(to.getLocalSocketAddress());
    } catch (IOException e) {
      // Closed at the end of the test.
    }
  }

  private Unanswered failsOn(String bytes) throws IOException {
    try (ScriptedTarget target =
        new ScriptedTarget(line -> {
          line.request();
          line.send(bytes);
        })) {
      return fails(target.url(), AMPLE);
    }
  }

  private Unanswered fails(String url, Duration deadline) {
    return (Unanswered)
        Calls.call(
            caller,
            new Callback(TargetUrl.stored(url), "GET", Map.of(), new byte[0]),
            Map.of(),
            deadline);
  }
}
