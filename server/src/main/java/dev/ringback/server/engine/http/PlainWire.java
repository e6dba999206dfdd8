package dev.ringback.server.engine.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/** TCP as it is. */
final class PlainWire implements Wire {
  /**
   * The JDK copies what is written at once, and keeps a buffer of that size for each carrier
   * thread.
   */
  private static final int MAX_WRITE = 64 * 1024;

  private final SocketChannel channel;
  private long written;

  private PlainWire(SocketChannel channel) {
    this.channel = channel;
  }

  /**
   * Connects to an address.
   *
   * @param call may cut this short
   * @throws java.net.SocketTimeoutException when it takes longer than the limit
   */
  static PlainWire connect(InetSocketAddress address, Duration limit, LiveCall call)
      throws IOException {
    PlainWire wire = new PlainWire(SocketChannel.open());
    call.hold(wire);
    try {
      wire.channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      wire.channel.socket().connect(address, Math.max(1, (int) limit.toMillis()));
      return wire;
    } catch (IOException e) {
      call.letGo();
      wire.close();
      throw e;
    }
  }

  @Override
  public int read(ByteBuffer to) throws IOException {
    return channel.read(to);
  }

  @Override
  public void write(ByteBuffer from) throws IOException {
    int end = from.limit();
    while (from.position() < end) {
      from.limit(Math.min(end, from.position() + MAX_WRITE));
      written += channel.write(from);
    }
  }

  @Override
  public long written() {
    return written;
  }

  @Override
  public boolean isQuiet() {
    try {
      return readNow(ByteBuffer.allocate(1)) == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** Reads what has come already; 0 when that is nothing. */
  int readNow(ByteBuffer to) throws IOException {
    channel.configureBlocking(false);
    int length = channel.read(to);
    channel.configureBlocking(true);
    return length;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // It is closed nevertheless.
    }
  }
}
