package dev.ringback.server.engine.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;

/**
 * The status line and the headers of an answer (RFC 9112, 4 and 5), taken only whole and only in
 * the right form. What another reader could understand in another way is refused, or ends the use
 * of the connection.
 *
 * @param http11 whether the version is HTTP/1.1 or a later 1.x
 * @param lines the headers as they came, without the white space around their values
 * @param exact whether every line ended with CR LF, and no value went on in the next line
 */
record AnswerHead(int status, boolean http11, List<Line> lines, boolean exact) {
  private static final int MAX_LINES = 200;

  /** How many bytes of heads an answer may have, with interim answers and trailers. */
  static final int MAX_BYTES = 64 * 1024;

  private static final String TOO_MUCH =
      "it has more than %d headers, or more than %d KiB of them"
          .formatted(MAX_LINES, MAX_BYTES / 1024);

  /** A header; a name may come more than once. */
  record Line(String name, String value) {
    boolean is(String other) {
      return name.equalsIgnoreCase(other);
    }
  }

  /** The values of a header, one of each line. */
  List<String> values(String name) {
    return lines.stream().filter(line -> line.is(name)).map(Line::value).toList();
  }

  /** The members of a header that is a list, without empty ones. */
  List<String> members(String name) {
    List<String> members = new ArrayList<>();
    for (String value : values(name)) {
      for (String member : value.split(",", -1)) {
        if (!trim(member).isEmpty()) {
          members.add(trim(member));
        }
      }
    }
    return members;
  }

  /** Reads heads of one answer. Used by one thread. */
  static final class Reader {
    private final Connection connection;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream(128);
    private int left = MAX_BYTES;
    private boolean exact = true;

    Reader(Connection connection) {
      this.connection = connection;
    }

    /** Whether every line so far had the right form. */
    boolean isExact() {
      return exact;
    }

    AnswerHead read() throws IOException {
      byte[] first = line();
      int status = status(first);
      boolean http11 = first[7] != '0';
      return new AnswerHead(status, http11, lines(), exact);
    }

    /** Reads header lines, up to the empty one. */
    List<Line> lines() throws IOException {
      List<Line> lines = new ArrayList<>();
      while (true) {
        byte[] next = line();
        if (next.length == 0) {
          return lines;
        }
        if (next[0] == ' ' || next[0] == '\t') {
          // RFC 9112, 5.2: a value that goes on in the next line, which is obsolete.
          if (lines.isEmpty()) {
            throw new BadAnswerException("its first header begins with a space");
          }
          exact = false;
          Line before = lines.removeLast();
          lines.add(new Line(before.name(), trim(before.value() + ' ' + text(next, 0))));
        } else if (lines.size() == MAX_LINES) {
          throw new BadAnswerException(TOO_MUCH);
        } else {
          lines.add(header(next));
        }
      }
    }

    private byte[] line() throws IOException {
      byte[] next = line(left, TOO_MUCH);
      left -= next.length + 2;
      return next;
    }

    /**
     * Reads up to a line end, which is not part of the line.
     *
     * @param most how many bytes it may have
     * @param tooLong why the answer is not valid when it has more
     */
    byte[] line(int most, String tooLong) throws IOException {
      line.reset();
      while (true) {
        int c = connection.next();
        if (line.size() >= most) {
          throw new BadAnswerException(tooLong);
        }
        if (c == '\r') {
          if (connection.next() != '\n') {
            throw new BadAnswerException("it has a CR without an LF");
          }
          return line.toByteArray();
        }
        if (c == '\n') {
          // RFC 9112, 2.2: an LF alone may be taken for a line end. Not every reader does.
          exact = false;
          return line.toByteArray();
        }
        line.write(c);
      }
    }
  }

  /** HTTP/1.x, a space, three digits, and if there is more a space and the reason. */
  private static int status(byte[] line) throws BadAnswerException {
    boolean valid =
        line.length >= 12
            && new String(line, 0, 7, ISO_8859_1).equals("HTTP/1.")
            && isDigit(line[7])
            && line[8] == ' '
            && isDigit(line[9])
            && isDigit(line[10])
            && isDigit(line[11])
            && (line.length == 12 || line[12] == ' ');
    if (!valid) {
      throw new BadAnswerException("it does not begin with HTTP/1.1 and a status of three digits");
    }
    return (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  }

  private static Line header(byte[] line) throws BadAnswerException {
    int colon = 0;
    while (colon < line.length && line[colon] != ':') {
      if (!isToken(line[colon])) {
        // A space before the colon too (RFC 9112, 5.1).
        throw new BadAnswerException("a header's name is not valid");
      }
      colon++;
    }
    if (colon == 0 || colon == line.length) {
      throw new BadAnswerException("a line among its headers is none");
    }
    return new Line(new String(line, 0, colon, ISO_8859_1), text(line, colon + 1));
  }

  /** UTF-8 where it is that, else a character for each byte. */
  private static String text(byte[] line, int from) {
    String text = new String(line, from, line.length - from, ISO_8859_1);
    if (text.chars().anyMatch(c -> c >= 0x80)) {
      try {
        ByteBuffer bytes = ByteBuffer.wrap(line, from, line.length - from);
        text = UTF_8.newDecoder().decode(bytes).toString();
      } catch (CharacterCodingException e) {
        // Then each byte stays a character.
      }
    }
    return trim(text);
  }

  /** Without the optional white space of RFC 9110, 5.6.3, and no other. */
  private static String trim(String text) {
    int from = 0;
    int to = text.length();
    while (from < to && isBlank(text.charAt(from))) {
      from++;
    }
    while (to > from && isBlank(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(from, to);
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  /** RFC 9110, 5.6.2. */
  private static boolean isToken(byte b) {
    return (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || isDigit(b)
        || "!#$%&'*+-.^_`|~".indexOf(b) >= 0;
  }
}
