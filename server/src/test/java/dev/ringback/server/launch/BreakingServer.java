package dev.ringback.server.launch;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Takes HTTP/2 connections, and breaks each as soon as a call has come by it: whoever made the call
 * can't know what became of it.
 */
final class BreakingServer implements AutoCloseable {
  private static final int PREFACE_BYTES = 24;
  private static final int HEADERS = 1;
  private static final byte[] EMPTY_SETTINGS = {0, 0, 0, 4, 0, 0, 0, 0, 0};

  private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final AtomicInteger calls = new AtomicInteger();

  BreakingServer() throws IOException {
    Thread.ofVirtual().start(this::accept);
  }

  InetSocketAddress address() {
    return (InetSocketAddress) socket.getLocalSocketAddress();
  }

  /** How many have come. */
  int calls() {
    return calls.get();
  }

  private void accept() {
    try {
      while (true) {
        Socket connection = socket.accept();
        Thread.ofVirtual().start(() -> serve(connection));
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      connection.getOutputStream().write(EMPTY_SETTINGS);
      DataInputStream in = new DataInputStream(connection.getInputStream());
      in.skipNBytes(PREFACE_BYTES);
      while (true) {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        in.skipNBytes(5L + length);
        if (type == HEADERS) {
          calls.incrementAndGet();
          return;
        }
      }
    } catch (IOException gone) {
      // Envoy has ended the connection.
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
