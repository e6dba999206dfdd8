package dev.ringback.server.engine.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.ringback.server.job.Outcome.Answered;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The body of an answer, up to where its own framing ends it (RFC 9112, 6), and no further.
 *
 * @param bytes at most {@link Answered#MAX_BODY_BYTES}
 * @param truncated whether there is more, which was not read
 * @param exact whether it ended at a place on which every reader agrees
 */
record AnswerBody(byte[] bytes, boolean truncated, boolean exact) {
  private static final int FIRST_BUFFER = 2048;

  /** ASCII digits and nothing else: no sign, no white space, no digits of other scripts. */
  private static final Pattern LENGTH = Pattern.compile("[0-9]{1,18}");

  /** A size, and extensions, which nobody uses. */
  private static final Pattern CHUNK = Pattern.compile("([0-9A-Fa-f]{1,15})([ \t]*;.*)?");

  private static final int MAX_CHUNK_LINE = 1024;
  private static final String BAD_CHUNK = "the size of a chunk is not a hexadecimal number";

  /** How a body is framed. */
  private sealed interface Framing {
    /** There is none. */
    record None(boolean exact) implements Framing {}

    /** So many bytes. */
    record Length(long bytes, boolean exact) implements Framing {}

    /** Chunks that tell their sizes. */
    record Chunks(boolean exact) implements Framing {}

    /** Everything until the connection ends. */
    record Rest() implements Framing {}
  }

  /**
   * Reads the body that follows a head.
   *
   * @param heads the reader of the head, for the lines among chunks
   */
  static AnswerBody read(
      Connection connection, AnswerHead.Reader heads, AnswerHead head, String method)
      throws IOException {
    Kept kept = new Kept(connection);
    return switch (framing(head, method)) {
      case Framing.None none -> kept.body(none.exact());
      case Framing.Length length -> kept.body(kept.take(length.bytes()) && length.exact());
      case Framing.Chunks chunks ->
          kept.body(kept.takeChunks(heads) && chunks.exact() && heads.isExact());
      case Framing.Rest _ -> {
        kept.takeRest();
        yield kept.body(false);
      }
    };
  }

  private static Framing framing(AnswerHead head, String method) throws BadAnswerException {
    List<String> codings = head.members("Transfer-Encoding");
    List<String> lengths = head.values("Content-Length");
    for (String length : lengths) {
      if (!LENGTH.matcher(length).matches()) {
        throw new BadAnswerException("its Content-Length is not a number");
      }
    }
    if (new HashSet<>(lengths).size() > 1) {
      throw new BadAnswerException("it has two lengths");
    }
    boolean hasCoding = !head.values("Transfer-Encoding").isEmpty();
    if (head.status() == 204 || head.status() == 304 || method.equals("HEAD")) {
      // RFC 9110, 8.6, and RFC 9112, 6.1: a 204 has neither. A length of 0 does no harm.
      boolean says = hasCoding || lengths.stream().anyMatch(length -> Long.parseLong(length) > 0);
      return new Framing.None(head.status() != 204 || !says);
    }
    if (hasCoding) {
      if (codings.size() != 1 || !codings.getFirst().equalsIgnoreCase("chunked")) {
        throw new BadAnswerException("its Transfer-Encoding is not chunked alone");
      }
      // RFC 9112, 6.1 and 6.3: chunked wins over a length, but nobody should rely on it.
      return new Framing.Chunks(lengths.isEmpty() && head.http11());
    }
    return lengths.isEmpty()
        ? new Framing.Rest()
        : new Framing.Length(Long.parseLong(lengths.getFirst()), lengths.size() == 1);
  }

  /** What is kept of a body while it is read. */
  private static final class Kept {
    private final Connection connection;
    private byte[] bytes = new byte[0];
    private int length;
    private boolean truncated;

    Kept(Connection connection) {
      this.connection = connection;
    }

    AnswerBody body(boolean exact) {
      byte[] whole = length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
      return new AnswerBody(whole, truncated, exact && !truncated);
    }

    /**
     * Takes so many bytes.
     *
     * @return whether all of them were kept; else the rest has not been read
     */
    boolean take(long count) throws IOException {
      long left = count;
      while (left > 0) {
        if (length == Answered.MAX_BODY_BYTES) {
          truncated = true;
          return false;
        }
        makeRoom(left);
        int read = connection.read(bytes, length, (int) Math.min(left, bytes.length - length));
        if (read < 0) {
          throw new EOFException("the body is shorter than its length");
        }
        length += read;
        left -= read;
      }
      return true;
    }

    /** Takes chunks and what follows the last (RFC 9112, 7.1); as {@link #take} otherwise. */
    boolean takeChunks(AnswerHead.Reader heads) throws IOException {
      while (true) {
        var size = CHUNK.matcher(new String(heads.line(MAX_CHUNK_LINE, BAD_CHUNK), ISO_8859_1));
        if (!size.matches()) {
          throw new BadAnswerException(BAD_CHUNK);
        }
        long count = Long.parseLong(size.group(1), 16);
        if (count == 0) {
          var _ = heads.lines();
          return true;
        }
        if (!take(count)) {
          return false;
        }
        if (connection.next() != '\r' || connection.next() != '\n') {
          throw new BadAnswerException("a chunk does not end where its size says");
        }
      }
    }

    void takeRest() throws IOException {
      while (true) {
        if (length == Answered.MAX_BODY_BYTES) {
          truncated = connection.read() >= 0;
          return;
        }
        makeRoom(Answered.MAX_BODY_BYTES);
        int read = connection.read(bytes, length, bytes.length - length);
        if (read < 0) {
          return;
        }
        length += read;
      }
    }

    /** Grows with the bytes that have come, not with those that were promised. */
    private void makeRoom(long wanted) {
      if (length == bytes.length) {
        long most = Math.min(Answered.MAX_BODY_BYTES, length + wanted);
        bytes = Arrays.copyOf(bytes, (int) Math.min(most, Math.max(FIRST_BUFFER, 4L * length)));
      }
    }
  }
}
