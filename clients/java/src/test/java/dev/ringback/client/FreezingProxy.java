package dev.ringback.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;

/** A way to a server on which the first connection goes dead without a word when a test says so. */
final class FreezingProxy implements AutoCloseable {
  private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final int server;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile boolean frozen;

  FreezingProxy(int server) throws IOException {
    this.server = server;
    Thread.ofVirtual().start(this::listen);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** From here on nothing comes through of the first connection, and nobody is told. */
  void freeze() {
    frozen = true;
  }

  private void listen() {
    try {
      for (boolean first = true; ; first = false) {
        Socket caller = listener.accept();
        Socket callee = new Socket(InetAddress.getLoopbackAddress(), server);
        boolean freezes = first;
        Thread.ofVirtual().start(() -> pump(caller, callee, freezes));
        Thread.ofVirtual().start(() -> pump(callee, caller, freezes));
      }
    } catch (IOException e) {
      // The end.
    }
  }

  private void pump(Socket from, Socket to, boolean freezes) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[10_000];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        if (freezes && frozen) {
          closed.await();
          return;
        }
        out.write(buffer, 0, read);
      }
    } catch (IOException e) {
      // Either side has gone.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    listener.close();
  }
}
