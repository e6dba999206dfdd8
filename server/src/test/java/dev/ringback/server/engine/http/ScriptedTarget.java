package dev.ringback.server.engine.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** A target on loopback that plays a script, byte by byte, on each connection it gets. */
public final class ScriptedTarget implements AutoCloseable {
  /** What happens on one connection; when it returns, the connection is closed. */
  @FunctionalInterface
  public interface Script {
    void play(Line line) throws IOException, InterruptedException;
  }

  private final ServerSocket server;
  private final @Nullable SSLContext tls;
  private final Script script;
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final List<Socket> open = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final CountDownLatch over = new CountDownLatch(1);

  /** A request as it came in. */
  public record Request(String head, byte[] body) {
    public List<String> lines() {
      return List.of(head.split("\r\n", -1));
    }
  }

  public ScriptedTarget(Script script) {
    this("127.0.0.1", script);
  }

  public ScriptedTarget(String address, Script script) {
    this(address, null, script);
  }

  /** A target that speaks TLS, as the context has it. */
  ScriptedTarget(SSLContext tls, Script script) {
    this("127.0.0.1", tls, script);
  }

  private ScriptedTarget(String address, @Nullable SSLContext tls, Script script) {
    this.tls = tls;
    this.script = script;
    try {
      server = new ServerSocket(0, 1024, InetAddress.ofLiteral(address));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.startVirtualThread(this::accept);
  }

  /** Answers each request on each connection with the same bytes. */
  public static ScriptedTarget answering(String bytes) {
    return new ScriptedTarget(line -> {
      while (line.request() != null) {
        line.send(bytes);
      }
    });
  }

  public String url() {
    return "http://127.0.0.1:" + port() + "/";
  }

  public int port() {
    return server.getLocalPort();
  }

  public List<Request> requests() {
    return requests;
  }

  public int connections() {
    return connections.get();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = server.accept();
        connections.incrementAndGet();
        open.add(socket);
        Thread.startVirtualThread(() -> serve(socket));
      }
    } catch (IOException e) {
      // The target was closed.
    }
  }

  private void serve(Socket socket) {
    try (socket;
        Socket line = tls == null ? socket : tls(tls, socket)) {
      // What a script sends in two steps comes in two, and at once.
      socket.setTcpNoDelay(true);
      script.play(new Line(socket, line));
    } catch (IOException e) {
      // The caller hung up, which some scripts are about.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Socket tls(SSLContext context, Socket socket) throws IOException {
    SSLSocket line =
        (SSLSocket) context.getSocketFactory().createSocket(socket, (InputStream) null, true);
    line.setUseClientMode(false);
    return line;
  }

  @Override
  public void close() throws IOException {
    over.countDown();
    server.close();
    for (Socket socket : open) {
      socket.close();
    }
  }

  /** One connection, seen from the target. */
  public final class Line {
    private final Socket tcp;
    private final Socket socket;

    private Line(Socket tcp, Socket socket) {
      this.tcp = tcp;
      this.socket = socket;
    }

    /** Ends the connection, but not what TLS has to say of it. */
    void cut() throws IOException {
      tcp.close();
    }

    /** The next request, or null if the caller closed instead. */
    public @Nullable Request request() throws IOException {
      InputStream in = socket.getInputStream();
      StringBuilder head = new StringBuilder();
      while (head.indexOf("\r\n\r\n") < 0) {
        int c = in.read();
        if (c < 0) {
          return null;
        }
        head.append((char) c);
      }
      head.setLength(head.length() - 4);
      int length = 0;
      for (String line : head.toString().split("\r\n", -1)) {
        if (line.regionMatches(true, 0, "Content-Length:", 0, 15)) {
          length = Integer.parseInt(line.substring(15).strip());
        }
      }
      Request request = new Request(head.toString(), in.readNBytes(length));
      requests.add(request);
      return request;
    }

    /** Waits until the caller has begun to speak, in whatever protocol; what it said. */
    public byte[] firstBytes() throws IOException {
      byte[] bytes = new byte[8192];
      return Arrays.copyOf(bytes, Math.max(0, socket.getInputStream().read(bytes)));
    }

    public void send(String text) throws IOException {
      send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    public void send(byte[] bytes) throws IOException {
      socket.getOutputStream().write(bytes);
    }

    /** Says nothing until the caller hangs up or the target is closed. */
    public void hold() throws IOException {
      socket.getInputStream().transferTo(OutputStream.nullOutputStream());
    }

    /** Returns false at once when the target is closed. */
    public boolean waitMillis(long millis) throws InterruptedException {
      return !over.await(millis, TimeUnit.MILLISECONDS);
    }

    public void close() throws IOException {
      socket.close();
    }

    public void reset() throws IOException {
      socket.setSoLinger(true, 0);
      socket.close();
    }
  }
}
