package dev.ringback.server.engine.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;

/**
 * A request as it is sent. Used by one call, which may write it again on another connection.
 *
 * @param head the request line and the headers, with the empty line
 */
record Request(String method, byte[] head, Body body) {
  /** RFC 9110, 9.2.2: two of the same mean no more to the target than one. */
  private static final Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "OPTIONS", "PUT", "DELETE");

  /** A body up to this size goes out in one piece with the head. */
  private static final int SMALL = 16 * 1024;

  /**
   * Whether the request may be sent a second time, although the first may have arrived. One with a
   * large body may not: the body is let go as soon as it is written.
   */
  boolean isRepeatable() {
    return IDEMPOTENT.contains(method) && body.length() <= SMALL;
  }

  /** Writes all of it, and lets the body go where it is not needed again. */
  void writeTo(Wire wire) throws IOException {
    if (body.length() <= SMALL) {
      ByteBuffer whole = ByteBuffer.allocate(head.length + body.length());
      wire.write(whole.put(head).put(body.bytes()).flip());
    } else {
      wire.write(ByteBuffer.wrap(head));
      wire.write(ByteBuffer.wrap(body.bytes()));
    }
    if (!isRepeatable()) {
      body.close();
    }
  }
}
