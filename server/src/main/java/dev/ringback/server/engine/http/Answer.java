package dev.ringback.server.engine.http;

import dev.ringback.server.engine.http.AnswerHead.Line;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A target's answer.
 *
 * @param keep how long the connection may wait for another call; zero: not at all
 */
record Answer(int status, Map<String, String> headers, AnswerBody body, Duration keep) {
  /** A connection is kept no longer than this. */
  static final Duration KEPT = Duration.ofSeconds(30);

  /** How much sooner we close than the target says that it will: its close may be on its way. */
  private static final Duration EARLIER = Duration.ofSeconds(1);

  private static final int SWITCHING_PROTOCOLS = 101;

  /** Reads the answer to a request that was sent. */
  static Answer read(Connection connection, String method, LiveCall call) throws IOException {
    AnswerHead.Reader heads = new AnswerHead.Reader(connection);
    AnswerHead head = heads.read();
    while (head.status() < 200) {
      if (head.status() < 100 || head.status() == SWITCHING_PROTOCOLS) {
        throw new BadAnswerException("its status is %03d".formatted(head.status()));
      }
      // Interim answers are skipped (RFC 9110, 15.2); how large all heads may be bounds how many.
      head = heads.read();
    }
    call.enter(LiveCall.Phase.BODY);
    AnswerBody body = AnswerBody.read(connection, heads, head, method);
    return new Answer(head.status(), recorded(head.lines()), body, keep(head, body));
  }

  /**
   * How long the connection may be kept, by what the target says (RFC 9112, 9.3). Not at all where
   * anything about the answer is unclear.
   */
  private static Duration keep(AnswerHead head, AnswerBody body) {
    boolean keeps =
        head.http11()
            && head.exact()
            && body.exact()
            && head.members("Connection").stream().noneMatch("close"::equalsIgnoreCase);
    return keeps ? keptFor(head.members("Keep-Alive")) : Duration.ZERO;
  }

  private static Duration keptFor(List<String> hints) {
    for (String hint : hints) {
      if (hint.matches("(?i:timeout)=[0-9]{1,6}")) {
        Duration told = Duration.ofSeconds(Long.parseLong(hint.substring(8))).minus(EARLIER);
        return told.isNegative() ? Duration.ZERO : told.compareTo(KEPT) < 0 ? told : KEPT;
      }
    }
    return KEPT;
  }

  /**
   * The headers as recorded: in the order of the answer, with the case of each name's first line.
   * The values of a repeated header are joined by a comma; those of Set-Cookie, which may hold
   * commas, by a line break (RFC 9110, 5.3).
   */
  private static Map<String, String> recorded(List<Line> lines) {
    Map<String, String> headers = LinkedHashMap.newLinkedHashMap(lines.size());
    for (Line line : lines) {
      String known = known(headers, line);
      // PostgreSQL's text takes no NUL, and a header has none (RFC 9110, 5.5).
      String value = line.value().replace('\0', ' ');
      if (known == null) {
        headers.put(line.name(), value);
      } else {
        String separator = line.is("Set-Cookie") ? "\n" : ", ";
        headers.merge(known, value, (first, next) -> first + separator + next);
      }
    }
    return Collections.unmodifiableMap(headers);
  }

  private static @Nullable String known(Map<String, String> headers, Line line) {
    for (String name : headers.keySet()) {
      if (line.is(name)) {
        return name;
      }
    }
    return null;
  }
}
