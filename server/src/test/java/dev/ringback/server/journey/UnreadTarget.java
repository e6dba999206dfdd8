package dev.ringback.server.journey;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A target that takes connections and does not read from them, until it is told to: then it answers
 * 200 to one request on each.
 */
final class UnreadTarget implements AutoCloseable {
  private static final String OK =
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

  private final ServerSocket server;
  private final CountDownLatch read = new CountDownLatch(1);
  private final AtomicInteger connections = new AtomicInteger();
  private final Map<ByteBuffer, Integer> bodies = new ConcurrentHashMap<>();

  UnreadTarget() throws IOException {
    server = new ServerSocket();
    // Or the sockets between the two would hold many megabytes that nobody reads.
    server.setReceiveBufferSize(4 * 1024);
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1_000);
    Thread.startVirtualThread(this::accept);
  }

  String url() {
    return "http://127.0.0.1:" + server.getLocalPort() + "/";
  }

  /** How many were ever made. */
  int connections() {
    return connections.get();
  }

  /** How many requests were read that had this body. */
  int whole(byte[] body) {
    return bodies.getOrDefault(ByteBuffer.wrap(body), 0);
  }

  /** Reads and answers, from now on. */
  void read() {
    read.countDown();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = server.accept();
        connections.incrementAndGet();
        Thread.startVirtualThread(() -> serve(socket));
      }
    } catch (IOException e) {
      // The target was closed.
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      read.await();
      var in = new DataInputStream(socket.getInputStream());
      int length = 0;
      for (String line = line(in); !line.isEmpty(); line = line(in)) {
        if (line.startsWith("Content-Length: ")) {
          length = Integer.parseInt(line.substring("Content-Length: ".length()));
        }
      }
      bodies.merge(ByteBuffer.wrap(in.readNBytes(length)), 1, Integer::sum);
      socket.getOutputStream().write(OK.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      // The caller hung up.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String line(DataInputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.readUnsignedByte(); c != '\n'; c = in.readUnsignedByte()) {
      line.append((char) c);
    }
    return line.toString().strip();
  }

  @Override
  public void close() throws IOException {
    read.countDown();
    server.close();
  }
}
