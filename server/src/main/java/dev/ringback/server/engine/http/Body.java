package dev.ringback.server.engine.http;

import org.jspecify.annotations.Nullable;

/**
 * The body of one call. It is let go as soon as it is no longer needed, at the latest when the call
 * ends: a target may take its time to answer, and nobody should hold a large body meanwhile.
 *
 * <p>Used by one thread.
 */
public final class Body implements AutoCloseable {
  private final int length;
  private final Runnable giveBack;
  private byte @Nullable [] bytes;

  /**
   * A body that is in memory.
   *
   * @param giveBack runs once, when the bytes are let go
   */
  public Body(byte[] bytes, Runnable giveBack) {
    this.length = bytes.length;
    this.giveBack = giveBack;
    this.bytes = bytes;
  }

  int length() {
    return length;
  }

  /** The bytes, until they are let go. */
  public byte[] bytes() {
    if (bytes == null) {
      throw new IllegalStateException("the body is gone");
    }
    return bytes;
  }

  /** Lets the bytes go, unless that was done before. */
  @Override
  public void close() {
    if (bytes != null) {
      bytes = null;
      giveBack.run();
    }
  }
}
