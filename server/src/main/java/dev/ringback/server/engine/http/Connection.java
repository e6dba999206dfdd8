package dev.ringback.server.engine.http;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * A connection to a target, for one exchange after the other. All bytes of an answer are read
 * through it, so that it knows whether anything follows. Used by one call at a time.
 */
final class Connection {
  private static final int BUFFER = 8 * 1024;

  private final Wire wire;
  private final ByteBuffer in = ByteBuffer.allocate(BUFFER).flip();
  private final long madeNanos = System.nanoTime();

  /** How many bytes had gone out before the present exchange. */
  private long writtenBefore;

  private boolean answered;

  Connection(Wire wire) {
    this.wire = wire;
  }

  Wire wire() {
    return wire;
  }

  Duration age() {
    return Duration.ofNanos(System.nanoTime() - madeNanos);
  }

  /**
   * Sends a request, or as much of it as the target takes.
   *
   * @return whether all of it went out
   */
  boolean send(Request request) throws IOException {
    writtenBefore = wire.written();
    answered = false;
    try {
      request.writeTo(wire);
      return true;
    } catch (IOException e) {
      // The target may have refused the body and closed before it had read it all: then its answer
      // counts.
      if (hasSentNothing() || Thread.currentThread().isInterrupted()) {
        throw e;
      }
      return false;
    }
  }

  /** Whether nothing of the present request has gone out. */
  boolean hasSentNothing() {
    return wire.written() == writtenBefore;
  }

  /** Whether a byte of the answer has come. */
  boolean isAnswered() {
    return answered;
  }

  /** The next byte; -1 at the end. */
  int read() throws IOException {
    return in.hasRemaining() || fill() ? in.get() & 0xff : -1;
  }

  /**
   * The next byte.
   *
   * @throws EOFException when there is none
   */
  int next() throws IOException {
    int next = read();
    if (next < 0) {
      throw new EOFException("the answer is not whole");
    }
    return next;
  }

  /** Reads up to so many bytes, at least one; -1 at the end. */
  int read(byte[] to, int from, int most) throws IOException {
    if (!in.hasRemaining() && !fill()) {
      return -1;
    }
    int length = Math.min(most, in.remaining());
    in.get(to, from, length);
    return length;
  }

  private boolean fill() throws IOException {
    in.clear();
    int length;
    try {
      length = wire.read(in);
    } finally {
      in.flip();
    }
    answered |= length > 0;
    return length > 0;
  }

  /** Whether nothing has come after the answer that was read. Then another call may follow. */
  boolean isClean() {
    return !in.hasRemaining() && wire.isQuiet();
  }

  /** Whether no byte beyond the answer has been read already. */
  boolean isEmpty() {
    return !in.hasRemaining();
  }

  void close() {
    wire.close();
  }
}
