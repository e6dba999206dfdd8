import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The smallest HTTP/1.1 target that will do: counts calls and keeps how late each came, by the header
 * X-Due (microseconds since 1970). As cheap as it can be, since it shares the machine with what is measured.
 */
final class Target implements AutoCloseable {
  private static final byte[] ANSWER =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"ok\":true}"
          .getBytes(StandardCharsets.US_ASCII);

  private final ServerSocket server = new ServerSocket(0, 1_000, InetAddress.getLoopbackAddress());
  private final AtomicInteger count = new AtomicInteger();
  private volatile long[] lateMicros = new long[0];
  private volatile long firstNanos;
  private volatile long lastNanos;

  Target() throws IOException {
    Thread.ofPlatform().daemon().start(this::accept);
  }

  String url() {
    return "http://127.0.0.1:" + server.getLocalPort() + "/";
  }

  /** Begins to count anew, up to a number of calls. */
  void expect(int calls) {
    lateMicros = new long[calls];
    count.set(0);
  }

  int count() {
    return count.get();
  }

  /** From the first call to the last. */
  double seconds() {
    return (lastNanos - firstNanos) / 1e9;
  }

  /** How late calls came, sorted; negative is early. */
  long[] lateness() {
    long[] sorted = Arrays.copyOf(lateMicros, Math.min(count.get(), lateMicros.length));
    Arrays.sort(sorted);
    return sorted;
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = server.accept();
        socket.setTcpNoDelay(true);
        Thread.startVirtualThread(() -> serve(socket));
      }
    } catch (IOException closed) {
      // The end.
    }
  }

  private void serve(Socket socket) {
    try (socket;
        InputStream in = new BufferedInputStream(socket.getInputStream(), 4_096)) {
      OutputStream out = socket.getOutputStream();
      StringBuilder line = new StringBuilder();
      while (readLine(in, line)) {
        long due = 0;
        int length = 0;
        while (readLine(in, line) && !line.isEmpty()) {
          String header = line.toString().toLowerCase(Locale.ROOT);
          if (header.startsWith("x-due:")) {
            due = Long.parseLong(header.substring(6).strip());
          } else if (header.startsWith("content-length:")) {
            length = Integer.parseInt(header.substring(15).strip());
          }
        }
        in.skipNBytes(length);
        hit(due);
        out.write(ANSWER);
      }
    } catch (IOException gone) {
      // The caller closed the connection.
    }
  }

  private void hit(long due) {
    long nanos = System.nanoTime();
    long[] late = lateMicros;
    int index = count.getAndIncrement();
    if (index == 0) {
      firstNanos = nanos;
    }
    lastNanos = nanos;
    if (index < late.length && due > 0) {
      late[index] = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()) - due;
    }
  }

  private static boolean readLine(InputStream in, StringBuilder line) throws IOException {
    line.setLength(0);
    for (int c = in.read(); c >= 0; c = in.read()) {
      if (c == '\n') {
        return true;
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return false;
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
