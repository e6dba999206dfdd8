package dev.ringback.server.api.read;

import dev.ringback.server.job.JobId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32;

/**
 * How far a watcher has been told: opaque to callers, and good at every node.
 *
 * @param position in the feed of events; all before it has been told
 * @param messages how many of those of the event at the position have been told
 * @param frontier while the states of jobs are being told, newest first: the last of them; what
 *     happens to older jobs is not told yet
 */
public record ResumeToken(long position, int messages, Optional<JobId> frontier) {
  /** More than any event has. */
  private static final int ALL = 255;

  private static final byte VERSION = 2;
  private static final int SHORT = 1 + 8 + 1 + 4;
  private static final int LONG = SHORT + 16;
  private static final int ANY_FILTER = 0;

  /** All at the position has been told too. */
  public static ResumeToken behind(long position) {
    return new ResumeToken(position, ALL, Optional.empty());
  }

  public ResumeToken at(Optional<JobId> frontier) {
    return new ResumeToken(position, messages, frontier);
  }

  /** The position behind which there is something left to tell. */
  public long after() {
    return messages == ALL ? position : position - 1;
  }

  /** Whether a message of an event behind {@link #after} has been told, counting from 0. */
  public boolean hasTold(long eventPosition, int message) {
    return eventPosition == position && message < messages;
  }

  /**
   * The token's text.
   *
   * @param filter what was asked for: it is good for a watch of the same filter alone, since
   *     another would miss what this one left out
   */
  public String text(String filter) {
    return text(check(filter.getBytes(StandardCharsets.UTF_8)));
  }

  /** The text of a token that is good whatever is asked for. */
  public String textForAnyFilter() {
    return text(ANY_FILTER);
  }

  private String text(int filter) {
    ByteBuffer bytes = ByteBuffer.allocate((frontier.isPresent() ? LONG : SHORT) + 4);
    bytes.put(VERSION).putLong(position).put((byte) messages).putInt(filter);
    frontier.ifPresent(job ->
        bytes
            .putLong(job.value().getMostSignificantBits())
            .putLong(job.value().getLeastSignificantBits()));
    byte[] whole = bytes.putInt(0).array();
    int length = whole.length - 4;
    ByteBuffer.wrap(whole).putInt(length, check(Arrays.copyOf(whole, length)));
    return Base64.getUrlEncoder().withoutPadding().encodeToString(whole);
  }

  /** Reads a token; notes what is wrong with it. Empty: none was given. */
  public static Optional<ResumeToken> read(String text, String filter, Violations violations) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      byte[] whole = Base64.getUrlDecoder().decode(text);
      int length = whole.length - 4;
      ByteBuffer bytes = ByteBuffer.wrap(whole);
      if ((length == SHORT || length == LONG)
          && bytes.get() == VERSION
          && bytes.getInt(length) == check(Arrays.copyOf(whole, length))) {
        return read(bytes, length == LONG, filter, violations);
      }
    } catch (IllegalArgumentException e) {
      // Not base64: the same answer as for any other text that is no token.
    }
    violations.add("resume_token", "must be the resume_token of a message of a watch");
    return Optional.empty();
  }

  private static Optional<ResumeToken> read(
      ByteBuffer bytes, boolean hasFrontier, String filter, Violations violations) {
    long position = bytes.getLong();
    int messages = Byte.toUnsignedInt(bytes.get());
    int its = bytes.getInt();
    if (its != ANY_FILTER && its != check(filter.getBytes(StandardCharsets.UTF_8))) {
      violations.add(
          "resume_token",
          "must be that of a watch of the same job, or with the same status, label, id and type");
      return Optional.empty();
    }
    Optional<JobId> frontier =
        hasFrontier
            ? Optional.of(new JobId(new UUID(bytes.getLong(), bytes.getLong())))
            : Optional.empty();
    return Optional.of(new ResumeToken(position, messages, frontier));
  }

  private static int check(byte[] bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
