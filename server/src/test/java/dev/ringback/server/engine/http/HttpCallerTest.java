package dev.ringback.server.engine.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.job.Callback;
import dev.ringback.server.job.Outcome;
import dev.ringback.server.job.Outcome.Answered;
import dev.ringback.server.job.TargetUrl;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is sent, what is kept of an answer, and which connections are used. */
@Timeout(10)
class HttpCallerTest {
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  private static final Duration AMPLE = Calls.AMPLE;

  private final HttpCaller caller =
      new HttpCaller(AddressGuard.parse("127.0.0.0/8,::1/128"), new OwnPorts(), 256, "1.2.3");

  @AfterEach
  void close() {
    caller.close();
  }

  @Test
  void sendsTheHeadersInOrderAndNothingElse() throws IOException {
    try (ScriptedTarget target = ScriptedTarget.answering(OK)) {
      Map<String, String> own = new LinkedHashMap<>();
      own.put("x-lower", "1");
      own.put("X-UPPER", "two words");
      own.put("content-length", "999");
      own.put("x-ringback-attempt", "7");
      Outcome outcome =
          Calls.call(
              caller,
              new Callback(
                  TargetUrl.stored(target.url() + "a//b%2Fc?d=%20&e"), "POST", own, bytes("body")),
              Map.of("X-Ringback-Attempt", "1"),
              AMPLE);

      assertThat(target.requests().getFirst().lines())
          .containsExactly(
              "POST /a//b%2Fc?d=%20&e HTTP/1.1",
              "Host: 127.0.0.1:" + target.port(),
              "x-lower: 1",
              "X-UPPER: two words",
              "User-Agent: Ringback/1.2.3",
              "X-Ringback-Attempt: 1",
              "Content-Length: 4");
      assertThat(target.requests().getFirst().body()).isEqualTo(bytes("body"));
      assertThat(
              outcome.requestHeaders().entrySet().stream()
                  .map(e -> e.getKey() + ": " + e.getValue()))
          .containsExactlyElementsOf(
              target.requests().getFirst().lines().stream().skip(1).toList());
    }
  }

  @Test
  void leavesTheJobsOwnUserAgentAndHost() throws IOException {
    try (ScriptedTarget target = ScriptedTarget.answering(OK)) {
      Map<String, String> own = new LinkedHashMap<>();
      own.put("host", "virtual.example");
      own.put("user-agent", "mine");
      Calls.call(
          caller,
          new Callback(TargetUrl.stored(target.url()), "GET", own, new byte[0]),
          Map.of(),
          AMPLE);
      assertThat(target.requests().getFirst().lines())
          .containsExactly("GET / HTTP/1.1", "host: virtual.example", "user-agent: mine");
    }
  }

  @Test
  void sendsWhatIsNotAsciiInAHeaderAsUtf8() throws IOException {
    try (ScriptedTarget target = ScriptedTarget.answering(OK)) {
      Calls.call(
          caller,
          new Callback(TargetUrl.stored(target.url()), "GET", Map.of("X-Name", "Zoë"), new byte[0]),
          Map.of(),
          AMPLE);
      String raw = new String(bytes("X-Name: Zoë"), StandardCharsets.ISO_8859_1);
      assertThat(target.requests().getFirst().lines()).contains(raw);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET,''",
    "GET,a body",
    "HEAD,''",
    "POST,''",
    "POST,a body",
    "PUT,a body",
    "PATCH,''",
    "DELETE,''",
    "DELETE,a body",
    "OPTIONS,''",
    "OPTIONS,a body"
  })
  void sendsEachMethodWithAndWithoutABody(String method, String body) throws IOException {
    String answer = method.equals("HEAD") ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" : OK;
    try (ScriptedTarget target = ScriptedTarget.answering(answer)) {
      for (int i = 0; i < 2; i++) {
        Outcome outcome =
            Calls.call(
                caller,
                new Callback(TargetUrl.stored(target.url()), method, Map.of(), bytes(body)),
                Map.of(),
                AMPLE);
        assertThat(outcome).isInstanceOf(Answered.class);
      }
      assertThat(target.requests()).hasSize(2);
      assertThat(target.requests().getLast().head()).startsWith(method + " / HTTP/1.1");
      assertThat(target.requests().getLast().body()).isEqualTo(bytes(body));
      assertThat(target.connections()).isEqualTo(1);
    }
  }

  @Test
  void sendsEveryByteOfABinaryBody() throws IOException {
    byte[] body = new byte[300_000];
    for (int i = 0; i < body.length; i++) {
      body[i] = (byte) (i * 31);
    }
    try (ScriptedTarget target = ScriptedTarget.answering(OK)) {
      Calls.call(
          caller,
          new Callback(TargetUrl.stored(target.url()), "PUT", Map.of(), body),
          Map.of(),
          AMPLE);
      assertThat(target.requests().getFirst().body()).isEqualTo(body);
    }
  }

  @Test
  void keepsTheHeadersOfAnAnswerAndJoinsRepeatedOnes() throws IOException {
    Answered answer =
        answered(
            "HTTP/1.1 418 I'm a teapot\r\nSet-Cookie: a=1\r\nX-One: 1\r\nset-cookie: b=2\r\n"
                + "x-one: 2, 3\r\n"
                + "Content-Length: 0\r\n\r\n");
    assertThat(answer.statusCode()).isEqualTo(418);
    assertThat(answer.succeeded()).isFalse();
    assertThat(answer.responseHeaders())
        .containsExactly(
            Map.entry("Set-Cookie", "a=1\nb=2"),
            Map.entry("X-One", "1, 2, 3"),
            Map.entry("Content-Length", "0"));
    assertThat(answer.duration()).isPositive();
  }

  @Test
  void reachesAnIpv6Address() throws IOException {
    try (ScriptedTarget target =
        new ScriptedTarget(
            "::1",
            line -> {
              line.request();
              line.send(OK);
            })) {
      Answered answer = (Answered) get("http://[::1]:" + target.port());
      assertThat(answer.requestHeaders()).containsEntry("Host", "[::1]:" + target.port());
    }
  }

  @Test
  void followsNoRedirect() throws IOException {
    try (ScriptedTarget target =
        ScriptedTarget.answering(
            "HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n")) {
      assertThat(((Answered) get(target.url())).statusCode()).isEqualTo(302);
      assertThat(target.requests()).hasSize(1);
    }
  }

  @Test
  void answersNoChallengeAndKeepsNoCookie() throws IOException {
    try (ScriptedTarget target =
        ScriptedTarget.answering(
            "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=x\r\nSet-Cookie: a=1\r\n"
                + "Content-Length: 0\r\n\r\n")) {
      get(target.url());
      assertThat(((Answered) get(target.url())).statusCode()).isEqualTo(401);
      assertThat(target.requests()).hasSize(2);
      assertThat(target.requests().getLast().head()).doesNotContain("Cookie", "Authorization");
    }
  }

  @Test
  void keepsACompressedBodyAsItCame() throws IOException {
    Answered answer =
        answered(
            "HTTP/1.1 200 OK\r\n"
                + "Content-Encoding: gzip\r\n"
                + "Content-Length: 4\r\n\r\n"
                + "\u001f\u008b\u0008x");
    assertThat(answer.body()).containsExactly(0x1f, 0x8b, 0x08, 'x');
    assertThat(answer.responseHeaders()).containsEntry("Content-Encoding", "gzip");
  }

  @Test
  void skipsInterimAnswers() throws IOException {
    Answered answer =
        answered("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.responseHeaders()).doesNotContainKey("Link");
  }

  @Test
  void joinsChunks() throws IOException {
    Answered answer =
        answered(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n");
    assertThat(answer.body()).asString().isEqualTo("abcde");
    assertThat(answer.truncated()).isFalse();
  }

  @Test
  void readsABodyThatEndsWithTheConnection() throws IOException {
    try (ScriptedTarget target =
        new ScriptedTarget(line -> {
          line.request();
          line.send("HTTP/1.0 200 OK\r\n\r\nuntil the end");
        })) {
      assertThat(((Answered) get(target.url())).body()).asString().isEqualTo("until the end");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {204, 304})
  void knowsAnswersWithoutABody(int status) throws IOException {
    Answered answer = answered("HTTP/1.1 " + status + " x\r\n\r\n");
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.body()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"65535,false", "65536,false", "65537,true", "200000,true"})
  void keepsABodyUpToTheLimit(int size, boolean truncated) throws IOException {
    String body = "b".repeat(size);
    for (String head :
        List.of(
            "Content-Length: " + size + "\r\n\r\n" + body,
            "Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n".formatted(size, body))) {
      Answered answer = answered("HTTP/1.1 200 OK\r\n" + head);
      assertThat(answer.body()).hasSize(Math.min(size, Answered.MAX_BODY_BYTES));
      assertThat(answer.truncated()).isEqualTo(truncated);
    }
  }

  @Test
  void cutsAnEndlessBody() throws Exception {
    CountDownLatch hungUp = new CountDownLatch(1);
    try (ScriptedTarget target =
        new ScriptedTarget(line -> {
          line.request();
          line.send("HTTP/1.1 200 OK\r\n\r\n");
          byte[] more = new byte[8192];
          try {
            while (true) {
              line.send(more);
            }
          } finally {
            hungUp.countDown();
          }
        })) {
      Answered answer = (Answered) get(target.url());
      assertThat(answer.body()).hasSize(Answered.MAX_BODY_BYTES);
      assertThat(answer.truncated()).isTrue();
      assertThat(hungUp.await(5, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void keepsAnAnswerThatComesBeforeTheBodyWasRead() throws IOException {
    try (ScriptedTarget target =
        new ScriptedTarget(line -> {
          line.send("HTTP/1.1 413 Too large\r\nContent-Length: 3\r\n\r\nbig");
          line.waitMillis(200);
        })) {
      Outcome outcome =
          Calls.call(
              caller,
              new Callback(TargetUrl.stored(target.url()), "POST", Map.of(), new byte[20_000_000]),
              Map.of(),
              AMPLE);
      // Whether the answer survives the reset that follows it is up to the system's buffers.
      if (outcome instanceof Answered answer) {
        assertThat(answer.statusCode()).isEqualTo(413);
      } else {
        assertThat(((Outcome.Unanswered) outcome).errorClass())
            .isEqualTo(Outcome.ErrorClass.CLOSED);
      }
    }
  }

  @Test
  void usesAConnectionAgainAndNoticesThatItsTargetClosedIt() throws Exception {
    CountDownLatch closed = new CountDownLatch(1);
    try (ScriptedTarget target =
        new ScriptedTarget(line -> {
          for (int i = 0; i < 2; i++) {
            if (line.request() != null) {
              line.send(OK);
            }
          }
          line.reset();
          closed.countDown();
        })) {
      post(target.url());
      post(target.url());
      assertThat(target.connections()).isEqualTo(1);
      assertThat(closed.await(5, TimeUnit.SECONDS)).isTrue();
      assertThat(post(target.url())).isInstanceOf(Answered.class);
      assertThat(target.connections()).isEqualTo(2);
      assertThat(target.requests()).hasSize(3);
    }
  }

  @Test
  void takesANewConnectionAfterOneThatTheTargetWillClose() throws IOException {
    try (ScriptedTarget target =
        ScriptedTarget.answering(
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")) {
      get(target.url());
      get(target.url());
      assertThat(target.connections()).isEqualTo(2);
    }
  }

  @Test
  void callsManySlowTargetsAtOnce() throws Exception {
    int calls = 256;
    CountDownLatch arrived = new CountDownLatch(calls);
    try (ScriptedTarget target =
            new ScriptedTarget(line -> {
              line.request();
              arrived.countDown();
              arrived.await();
              line.send(OK);
            });
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Outcome>> outcomes = new ArrayList<>();
      for (int i = 0; i < calls; i++) {
        outcomes.add(threads.submit(() -> get(target.url())));
      }
      for (Future<Outcome> outcome : outcomes) {
        assertThat(outcome.get()).isInstanceOf(Answered.class);
      }
      assertThat(target.connections()).isEqualTo(calls);
    }
  }

  private Answered answered(String bytes) throws IOException {
    try (ScriptedTarget target = ScriptedTarget.answering(bytes)) {
      return (Answered) get(target.url());
    }
  }

  private Outcome get(String url) {
    return Calls.get(caller, url);
  }

  private Outcome post(String url) {
    return Calls.post(caller, url);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
