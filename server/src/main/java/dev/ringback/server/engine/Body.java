package dev.ringback.server.engine;

import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The body of one call. It is let go as soon as it has been written, or when the call has ended
 * without: a target may take its time to answer, and nobody should hold a large body meanwhile.
 *
 * <p>Used by one thread.
 */
final class Body implements AutoCloseable {
  private final int length;
  private final Runnable giveBack;
  private byte @Nullable [] bytes;

  /**
   * A body that is in memory.
   *
   * @param giveBack happens once, when the bytes are let go
   */
  Body(byte[] bytes, Runnable giveBack) {
    this.length = bytes.length;
    this.giveBack = giveBack;
    this.bytes = bytes;
  }

  int length() {
    return length;
  }

  /** The bytes, before they are written. */
  byte[] bytes() {
    if (bytes == null) {
      throw new IllegalStateException("the body is gone");
    }
    return bytes;
  }

  /** Writes the bytes and lets them go; once. */
  void writeTo(OutputStream out) throws IOException {
    try {
      out.write(bytes());
    } finally {
      close();
    }
  }

  /** Lets the bytes go, where that was not done before. */
  @Override
  public void close() {
    if (bytes != null) {
      bytes = null;
      giveBack.run();
    }
  }
}
