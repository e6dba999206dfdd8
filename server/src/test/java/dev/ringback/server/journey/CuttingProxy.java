package dev.ringback.server.journey;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;

/** A way to a server on which each connection breaks after a number of bytes of answers. */
final class CuttingProxy implements AutoCloseable {
  private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final URI server;
  private final int bytes;
  private final AtomicInteger cuts = new AtomicInteger();

  /**
   * @param bytes that come through of each connection
   */
  CuttingProxy(String server, int bytes) throws IOException {
    this.server = URI.create(server);
    this.bytes = bytes;
    Thread.ofVirtual().start(this::listen);
  }

  String base() {
    return "http://127.0.0.1:" + listener.getLocalPort();
  }

  /** How many connections broke. */
  int cuts() {
    return cuts.get();
  }

  private void listen() {
    try {
      while (true) {
        Socket caller = listener.accept();
        Thread.ofVirtual().start(() -> connect(caller));
      }
    } catch (IOException closed) {
      // The end.
    }
  }

  private void connect(Socket caller) {
    try (caller;
        Socket callee = new Socket(server.getHost(), server.getPort())) {
      Thread.ofVirtual()
          .start(() -> {
            try {
              caller.getInputStream().transferTo(callee.getOutputStream());
            } catch (IOException broken) {
              // So is the other direction.
            }
          });
      InputStream answers = callee.getInputStream();
      byte[] buffer = new byte[1_000];
      int left = bytes;
      while (left > 0) {
        int read = answers.read(buffer, 0, Math.min(left, buffer.length));
        if (read < 0) {
          return;
        }
        caller.getOutputStream().write(buffer, 0, read);
        left -= read;
      }
      cuts.incrementAndGet();
    } catch (IOException broken) {
      // As it may be: this is what it is for.
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
