package dev.ringback.server.engine.http;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The bytes to and from a target. Blocks; used by one thread at a time, but any thread may close
 * it, which ends the other's wait.
 */
sealed interface Wire permits PlainWire, TlsWire {
  /**
   * Reads at least one byte.
   *
   * @return how many; -1 when the target has ended its data by the rules of the protocol
   * @throws java.io.EOFException when it ended in another way
   */
  int read(ByteBuffer to) throws IOException;

  /** Writes all that is left in the buffer. */
  void write(ByteBuffer from) throws IOException;

  /** How many bytes have gone out since the connection was made. */
  long written();

  /**
   * Whether the target has sent nothing since the last read: no byte, no end, no error. Does not
   * wait. When false, what it sent is lost, and the wire can only be closed.
   */
  boolean isQuiet();

  /** Closes at once, without a farewell. */
  void close();
}
