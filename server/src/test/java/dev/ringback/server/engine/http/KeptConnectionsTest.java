package dev.ringback.server.engine.http;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.Await;
import dev.ringback.server.engine.http.ScriptedTarget.Line;
import dev.ringback.server.job.Callback;
import dev.ringback.server.job.Outcome;
import dev.ringback.server.job.Outcome.Answered;
import dev.ringback.server.job.Outcome.ErrorClass;
import dev.ringback.server.job.Outcome.Unanswered;
import dev.ringback.server.job.TargetUrl;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A call's answer is its own: when a connection serves another call, and when not. */
@Timeout(10)
class KeptConnectionsTest {
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  private static final String NO = "HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno";

  private final HttpCaller caller =
      new HttpCaller(AddressGuard.parse("127.0.0.0/8,::1/128"), new OwnPorts(), 4, "1.2.3");

  @AfterEach
  void close() {
    caller.close();
  }

  /** What ends on a place that every reader knows leaves the connection to the next call. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200\r\nContent-Length: 002\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n"
            + "2 ;a=\"b\"\r\n"
            + "ok\r\n"
            + "000\r\n"
            + "X: y\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5, max=100\r\nContent-Length: 2\r\n\r\nok",
      })
  void isUsedAgain(String first) throws IOException {
    assertThat(connectionsFor("GET", first)).isEqualTo(1);
  }

  /** The next call gets its own answer, on a connection of its own, whatever the first left. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        // The second answer to one request, whole or in part.
        "HTTP/1.1 200 OK\r\n"
            + "Content-Length: 2\r\n\r\n"
            + "okHTTP/1.1 200 OK\r\n"
            + "Content-Length: 2\r\n\r\n"
            + "ok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokH",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n0\r\n\r\n",
        // A body where there is none.
        "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\nhello",
        // Where it ends is clear to us, but need not be to others.
        "HTTP/1.1 200 OK\r\n"
            + "Content-Length: 7\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n"
            + "2\r\n"
            + "ok\r\n"
            + "0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
        "HTTP/1.1 200 OK\r\nContent-Length:\r\n 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\nok\r\n0\r\n\r\n",
        // It says that it will close.
        "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok",
      })
  void isNotUsedAgain(String first) throws IOException {
    assertThat(connectionsFor("GET", first)).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({"'',1", "hello,2", "'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',2"})
  void isNotUsedAgainAfterABodyForHead(String body, int connections) throws IOException {
    String head =
        "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n".formatted(Math.max(5, body.length()));
    assertThat(connectionsFor("HEAD", head + body)).isEqualTo(connections);
  }

  /** How many connections it takes when the first answer is followed by a call of its own. */
  private int connectionsFor(String method, String first) throws IOException {
    try (ScriptedTarget target =
        new ScriptedTarget(line -> {
          String next = first;
          while (line.request() != null) {
            line.send(next);
            next = NO;
          }
        })) {
      Callback one = new Callback(TargetUrl.stored(target.url()), method, Map.of(), new byte[0]);
      assertThat(Calls.call(caller, one, Map.of(), Calls.AMPLE)).isInstanceOf(Answered.class);
      Outcome second = Calls.post(caller, target.url());
      int connections = target.connections();
      Answered expected = (Answered) second;
      assertThat(expected.statusCode()).isEqualTo(connections == 1 ? 500 : status(first));
      assertThat(target.requests()).hasSize(2);
      return connections;
    }
  }

  private static int status(String answer) {
    return answer.startsWith("HTTP/1.1 1") ? 200 : Integer.parseInt(answer.substring(9, 12));
  }

  /** What comes unasked is no answer to the next call, however late it comes. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        "\r\n",
        "\0",
      })
  void isStaleOnceItsTargetSpeaksUnasked(String unasked) throws Exception {
    CountDownLatch answered = new CountDownLatch(1);
    CountDownLatch spoken = new CountDownLatch(1);
    try (ScriptedTarget target =
        new ScriptedTarget(line -> {
          line.request();
          line.send(OK);
          answered.await();
          if (spoken.getCount() > 0) {
            line.send(unasked);
            spoken.countDown();
          }
          while (line.request() != null) {
            line.send(NO);
          }
        })) {
      Calls.post(caller, target.url());
      answered.countDown();
      assertThat(spoken.await(5, TimeUnit.SECONDS)).isTrue();
      assertThat(((Answered) Calls.post(caller, target.url())).statusCode()).isEqualTo(200);
      assertThat(target.connections()).isEqualTo(2);
    }
  }

  @Test
  void servesOneProjectAlone() throws IOException {
    try (ScriptedTarget target = ScriptedTarget.answering(OK)) {
      for (int project : List.of(1, 2, 1, 2, 3)) {
        Callback callback =
            new Callback(TargetUrl.stored(target.url()), "GET", Map.of(), new byte[0]);
        caller.call(project, callback, new Body(new byte[0], () -> {}), Map.of(), Calls.AMPLE);
      }
      assertThat(target.connections()).isEqualTo(3);
    }
  }

  @FunctionalInterface
  private interface Leaving {
    void leave(Line line) throws IOException;
  }

  /** The target says nothing of it, as most don't. */
  @ParameterizedTest
  @CsvSource({"POST,false", "POST,true", "GET,false"})
  void aTargetThatClosesAfterEachAnswerCostsNoAttempt(String method, boolean reset)
      throws Exception {
    Leaving leaving = reset ? Line::reset : _ -> {};
    List<CountDownLatch> left = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      left.add(new CountDownLatch(1));
    }
    try (ScriptedTarget target =
        new ScriptedTarget(line -> {
          int number =
              Integer.parseInt(
                  requireNonNull(line.request()).lines().getFirst().split(" ", -1)[1].substring(1));
          line.send(OK);
          leaving.leave(line);
          line.close();
          left.get(number).countDown();
        })) {
      for (int i = 0; i < 10; i++) {
        Callback callback =
            new Callback(TargetUrl.stored(target.url() + i), method, Map.of(), new byte[] {'x'});
        assertThat(Calls.call(caller, callback, Map.of(), Calls.AMPLE))
            .isInstanceOf(Answered.class);
        CountDownLatch gone = left.get(i);
        Await.until("the target has closed", () -> gone.getCount() == 0);
      }
      assertThat(target.requests()).hasSize(10);
    }
  }

  /** The request was swallowed: once more, where that does no harm (RFC 9110, 9.2.2). */
  @ParameterizedTest
  @CsvSource({
    "GET,true",
    "HEAD,true",
    "OPTIONS,true",
    "PUT,true",
    "DELETE,true",
    "POST,false",
    "PATCH,false"
  })
  void aRequestThatADeadConnectionSwallowedIsMadeAgainWhereThatIsSafe(String method, boolean safe)
      throws IOException {
    String answer = method.equals("HEAD") ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" : OK;
    try (ScriptedTarget target =
        new ScriptedTarget(line -> {
          line.request();
          line.send(answer);
          line.request();
        })) {
      Callback callback =
          new Callback(TargetUrl.stored(target.url()), method, Map.of(), new byte[] {'x'});
      Calls.call(caller, callback, Map.of(), Calls.AMPLE);
      Outcome second = Calls.call(caller, callback, Map.of(), Calls.AMPLE);
      if (safe) {
        assertThat(second).isInstanceOf(Answered.class);
        assertThat(target.requests().getLast().body()).containsExactly('x');
      } else {
        assertThat(((Unanswered) second).errorClass()).isEqualTo(ErrorClass.CLOSED);
      }
      assertThat(target.requests()).hasSize(safe ? 3 : 2);
      assertThat(target.connections()).isEqualTo(safe ? 2 : 1);
    }
  }

  /** A byte of an answer says that the request arrived. */
  @Test
  void aRequestThatWasAnsweredInPartIsNotMadeAgain() throws IOException {
    try (ScriptedTarget target =
        new ScriptedTarget(line -> {
          line.request();
          line.send(OK);
          line.request();
          line.send("H");
        })) {
      Calls.get(caller, target.url());
      assertThat(((Unanswered) Calls.get(caller, target.url())).errorClass())
          .isEqualTo(ErrorClass.CLOSED);
      assertThat(target.requests()).hasSize(2);
    }
  }

  /** A new connection that dies tells nothing of the request. */
  @Test
  void aRequestOnANewConnectionIsMadeOnce() throws IOException {
    try (ScriptedTarget target = new ScriptedTarget(Line::request)) {
      assertThat(Calls.get(caller, target.url())).isInstanceOf(Unanswered.class);
      assertThat(target.requests()).hasSize(1);
    }
  }

  /** Four slots: the one that has waited longest gives way. */
  @Test
  void asManyAreKeptAsThereAreSlots() throws Exception {
    List<ScriptedTarget> targets = new ArrayList<>();
    List<CountDownLatch> closed = new ArrayList<>();
    try {
      for (int i = 0; i < 6; i++) {
        CountDownLatch ended = new CountDownLatch(1);
        closed.add(ended);
        targets.add(
            new ScriptedTarget(line -> {
              while (line.request() != null) {
                line.send(OK);
              }
              ended.countDown();
            }));
      }
      for (ScriptedTarget target : targets) {
        Calls.get(caller, target.url());
      }
      // With the last call there were five: four that wait, and its own.
      Await.until("the first is closed", () -> closed.getFirst().getCount() == 0);
      assertThat(closed.subList(2, 6)).allMatch(ended -> ended.getCount() == 1);
    } finally {
      for (ScriptedTarget target : targets) {
        target.close();
      }
    }
  }
}
