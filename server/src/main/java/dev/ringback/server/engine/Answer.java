package dev.ringback.server.engine;

import dev.ringback.server.job.Outcome.Answered;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpResponse;
import org.jspecify.annotations.Nullable;

/** Reads what is kept of a target's answer, and no further. */
final class Answer {
  private static final int FIRST_BUFFER = 2048;

  /** How many characters of headers are kept: a target that sends more means no good. */
  private static final int MAX_HEADERS = 64 * 1024;

  private Answer() {}

  /**
   * What is kept of the body.
   *
   * @param bytes at most {@link Answered#MAX_BODY_BYTES}
   * @param truncated whether there is more; then the connection cannot serve another call
   */
  record Body(byte[] bytes, boolean truncated) {}

  static Body body(@Nullable HttpEntity entity) throws IOException {
    if (entity == null) {
      return new Body(new byte[0], false);
    }
    long declared = entity.getContentLength();
    InputStream in = entity.getContent();
    if (declared >= 0) {
      byte[] bytes = new byte[(int) Math.min(declared, Answered.MAX_BODY_BYTES)];
      int length = in.readNBytes(bytes, 0, bytes.length);
      return new Body(Arrays.copyOf(bytes, length), declared > Answered.MAX_BODY_BYTES);
    }
    return undeclared(in);
  }

  private static Body undeclared(InputStream in) throws IOException {
    byte[] bytes = new byte[FIRST_BUFFER];
    int length = 0;
    while (true) {
      int read = in.read(bytes, length, bytes.length - length);
      if (read < 0) {
        return new Body(Arrays.copyOf(bytes, length), false);
      }
      length += read;
      if (length == Answered.MAX_BODY_BYTES) {
        return new Body(bytes, in.read() >= 0);
      }
      if (length == bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.min(length * 4, Answered.MAX_BODY_BYTES));
      }
    }
  }

  /** In the order of the answer, with the case of each name's first line; cut off at a limit. */
  static Map<String, String> headers(HttpResponse response) {
    Header[] lines = response.getHeaders();
    Map<String, String> headers = LinkedHashMap.newLinkedHashMap(lines.length);
    int size = 0;
    for (Header line : lines) {
      size += line.getName().length() + (line.getValue() == null ? 0 : line.getValue().length());
      if (size > MAX_HEADERS) {
        break;
      }
      String name = known(headers, line.getName());
      headers.merge(name, text(line.getValue()), (first, next) -> first + ", " + next);
    }
    return Collections.unmodifiableMap(headers);
  }

  private static String known(Map<String, String> headers, String name) {
    for (String other : headers.keySet()) {
      if (other.equalsIgnoreCase(name)) {
        return other;
      }
    }
    return name;
  }

  /** A NUL is no part of a header (RFC 9110, section 5.5), and PostgreSQL's text takes none. */
  private static String text(@Nullable String value) {
    return value == null ? "" : value.replace('\0', ' ');
  }
}
