package dev.ringback.server.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.Await;
import dev.ringback.server.Size;
import dev.ringback.server.api.RawBytes;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Attacks by callers without a key and by one tenant, on a node with little memory: another
 * tenant's calls go on as if there were none.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
class StrangersIT {
  private static final int CALLS = Size.of(40, 200);

  /** Under which the machine's own noise is as large as what is measured. */
  private static final long NOISE_MILLIS = 50;

  /** How much longer calls may take: on a machine that others use too, it is theirs as well. */
  private static final int TIMES = Size.of(4, 2);

  /** What Envoy may grow by, beside what connections take. */
  private static final long ENVOY_MIB = 150;

  /** Beyond the heap: direct memory, code, threads. */
  private static final long NODE_MIB = 512 + 512;

  private RingbackNode node;
  private Rest mine;
  private Rest others;
  private URI base;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    node = RingbackNode.start(folder);
    base = URI.create(node.base());
    mine = new Rest(node.base(), RingbackNode.KEY);
    others =
        new Rest(
            node.base(),
            RingbackNode.command(folder, Map.of(), "create-key", "--project", "others"));
  }

  @AfterAll
  void stop() throws Exception {
    mine.close();
    others.close();
    node.close();
  }

  /** How long the other tenant's calls take, in the middle, in milliseconds. All must succeed. */
  private long others() throws Exception {
    List<Long> times = new ArrayList<>();
    for (int i = 0; i < CALLS; i++) {
      long start = System.nanoTime();
      var made = others.post("/v1/jobs", "{\"url\": \"http://127.0.0.1:1/\", \"delay\": \"24h\"}");
      assertThat(made.status()).as("%s", made).isEqualTo(201);
      var read = others.get("/v1/jobs/" + made.json().path("id").asString());
      assertThat(read.status()).as("%s", read).isEqualTo(200);
      times.add(Duration.ofNanos(System.nanoTime() - start).toMillis());
    }
    times.sort(null);
    return times.get(times.size() / 2);
  }

  /** Attacks while others call. */
  private void attack(String name, Callable<?> attack) throws Exception {
    others();
    long before = others();
    long envoyBefore = envoyMib();
    long during;
    try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
      Future<?> attacking = thread.submit(attack);
      during = others();
      attacking.get();
    }
    long held = others();
    System.out.printf(
        "%s: a create and a read take %d ms before, %d ms during, %d ms with what is held;"
            + " Envoy %d -> %d MiB, the node %d MiB%n",
        name, before, during, held, envoyBefore, envoyMib(), mib(node.pid()));
    long most = TIMES * Math.max(before, NOISE_MILLIS);
    assertThat(during).isLessThanOrEqualTo(most);
    assertThat(held).isLessThanOrEqualTo(most);
    assertThat(envoyMib()).isLessThan(envoyBefore + ENVOY_MIB);
    assertThat(mib(node.pid())).isLessThan(NODE_MIB);
    assertThat(node.output()).doesNotContain("OutOfMemory").doesNotContain("Exception");
  }

  private long envoyMib() {
    return ProcessHandle.of(node.pid())
        .orElseThrow()
        .descendants()
        .filter(child -> child.info().command().orElse("").contains("envoy"))
        .mapToLong(child -> mib(child.pid()))
        .max()
        .orElseThrow();
  }

  private static long mib(long pid) {
    try {
      return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
              .filter(line -> line.startsWith("VmRSS:"))
              .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
              .findFirst()
              .orElseThrow()
          / 1_024;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Socket connect(String head) throws IOException {
    Socket socket = new Socket(base.getHost(), base.getPort());
    socket.setSoTimeout(10_000);
    socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
    return socket;
  }

  private static String answer(Socket socket) throws IOException {
    byte[] bytes = socket.getInputStream().readNBytes(12);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static void close(List<Socket> sockets) throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  private String watch(String key) {
    return "GET /v1/jobs:watch HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\n"
        + "Authorization: Bearer "
        + key
        + "\r\n\r\n";
  }

  @Test
  void headersThatGrpcCannotTakeHarmNobodyElse() throws Exception {
    List<Socket> watches = new ArrayList<>();
    try {
      for (int i = 0; i < 10; i++) {
        watches.add(connect(watch(RingbackNode.KEY)));
      }
      for (Socket watch : watches) {
        assertThat(answer(watch)).isEqualTo("HTTP/1.1 200");
      }
      attack(
          "binary headers",
          () -> {
            for (int i = 0; i < Size.of(50, 1_000); i++) {
              for (String header :
                  List.of(
                      "x-trace-bin: !!!",
                      "grpc-status-details-bin: ***",
                      "te: nonsense",
                      "grpc-timeout: x",
                      "grpc-encoding: zip",
                      "a_b: c")) {
                try (Socket socket =
                    connect("GET /v1/jobs HTTP/1.1\r\nHost: h\r\n" + header + "\r\n\r\n")) {
                  assertThat(answer(socket)).isEqualTo("HTTP/1.1 401");
                }
              }
            }
            return true;
          });
      for (Socket watch : watches) {
        assertIsOpen(watch);
      }
    } finally {
      close(watches);
    }
  }

  private static void assertIsOpen(Socket watch) throws IOException {
    watch.setSoTimeout(1);
    try {
      InputStream in = watch.getInputStream();
      for (int read = 0; read >= 0; read = in.read(new byte[64 << 10])) {}
      throw new AssertionError("the watch was cut");
    } catch (SocketTimeoutException open) {
      // It has nothing more to tell at the moment.
    }
  }

  @Test
  void uploadsWithoutAKeyAreAnsweredAtOnceAndNotKept() throws Exception {
    List<Socket> uploads = new ArrayList<>();
    try {
      attack(
          "uploads without a key",
          () -> {
            byte[] most = new byte[(8 << 20) - 1];
            for (int i = 0; i < Size.of(40, 150); i++) {
              Socket upload =
                  connect("POST /v1/jobs HTTP/1.1\r\nHost: h\r\nContent-Length: 8388608\r\n\r\n");
              uploads.add(upload);
              try {
                upload.getOutputStream().write(most);
              } catch (IOException refused) {
                // It was answered before.
              }
            }
            return true;
          });
    } finally {
      close(uploads);
    }
  }

  @Test
  void watchesOfHealthTakeNobodysPlace() throws Exception {
    List<ManagedChannel> channels = new ArrayList<>();
    try {
      attack(
          "watches of health",
          () -> {
            for (int i = 0; i < Size.of(4, 20); i++) {
              ManagedChannel channel =
                  NettyChannelBuilder.forAddress(base.getHost(), base.getPort())
                      .usePlaintext()
                      .build();
              channels.add(channel);
              for (int j = 0; j < 1_000; j++) {
                HealthGrpc.newStub(channel)
                    .watch(HealthCheckRequest.getDefaultInstance(), new Unheard());
              }
            }
            return true;
          });
      assertThat(others.get("/healthz").status()).isEqualTo(200);
    } finally {
      channels.forEach(ManagedChannel::shutdownNow);
    }
  }

  private static final class Unheard implements StreamObserver<HealthCheckResponse> {
    @Override
    public void onNext(HealthCheckResponse value) {}

    @Override
    public void onError(Throwable e) {}

    @Override
    public void onCompleted() {}
  }

  @Test
  void keysThatAreMadeUpKeepNobodyWaiting() throws Exception {
    attack(
        "made-up keys",
        () -> {
          try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < Size.of(300, 5_000); i++) {
              threads.submit(() -> {
                try (Rest stranger = new Rest(node.base(), UUID.randomUUID().toString())) {
                  return stranger.get("/v1/jobs").status();
                }
              });
            }
          }
          return true;
        });
  }

  @Test
  void watchersAndReadersThatTakeNothingStopNobodyElse() throws Exception {
    String large = "x".repeat(200);
    for (int i = 0; i < Size.of(500, 2_000); i += 100) {
      String job =
          ("{\"url\": \"http://127.0.0.1:1/%s\", \"delay\": \"24h\", \"labels\": {\"a\": \"%s\"}}")
              .formatted("p".repeat(3_000), large);
      String batch = String.join(",", java.util.Collections.nCopies(100, job));
      assertThat(mine.post("/v1/jobs:batchCreate", "{\"requests\": [" + batch + "]}").status())
          .isEqualTo(200);
    }
    List<Socket> readers = new ArrayList<>();
    try {
      attack(
          "watchers and readers that take nothing",
          () -> {
            for (int i = 0; i < Size.of(60, 300); i++) {
              readers.add(connect(watch(RingbackNode.KEY)));
              readers.add(
                  connect(
                      "GET /v1/jobs?page_size=500 HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer "
                          + RingbackNode.KEY
                          + "\r\n\r\n"));
            }
            return true;
          });
    } finally {
      close(readers);
    }
  }

  @Test
  void millionsOfEmptyItemsAreRefusedBeforeTheyAreMade() throws Exception {
    byte[] message = new byte[9_000_000];
    for (int i = 0; i < message.length; i += 2) {
      message[i] = 0x0a;
    }
    String json = "{\"requests\": [" + "{},".repeat(2_700_000) + "{}]}";
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
        "Bearer " + RingbackNode.KEY);
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(base.getHost(), base.getPort())
            .usePlaintext()
            .intercept(MetadataUtils.newAttachHeadersInterceptor(headers))
            .build();
    try {
      attack(
          "millions of empty items",
          () -> {
            for (int i = 0; i < Size.of(6, 40); i++) {
              try {
                ClientCalls.blockingUnaryCall(channel, BATCH, CallOptions.DEFAULT, message);
                throw new AssertionError("it was taken");
              } catch (StatusRuntimeException e) {
                assertThat(e).hasMessageContaining("requests: must have at most 1000 entries");
              }
              assertThat(mine.post("/v1/jobs:batchCreate", json).status()).isEqualTo(400);
            }
            return true;
          });
    } finally {
      channel.shutdownNow();
    }
  }

  private static final MethodDescriptor<byte[], byte[]> BATCH =
      MethodDescriptor.<byte[], byte[]>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName("ringback.v1.JobService/BatchCreateJobs")
          .setRequestMarshaller(new RawBytes())
          .setResponseMarshaller(new RawBytes())
          .build();

  /** Of a tenant whose requests do not come: they end, and what they held is free again. */
  @Test
  void requestsThatDoNotComeAreEnded() throws Exception {
    List<Socket> uploads = new ArrayList<>();
    try {
      attack(
          "requests that do not come",
          () -> {
            for (int i = 0; i < Size.of(20, 200); i++) {
              Socket upload =
                  connect(
                      "POST /v1/jobs HTTP/1.1\r\nHost: h\r\nContent-Length: 8388608\r\nAuthorization:"
                          + " Bearer "
                          + RingbackNode.KEY
                          + "\r\n\r\n");
              upload.getOutputStream().write(new byte[300_000]);
              uploads.add(upload);
            }
            return true;
          });
      Await.until(
          "each has been answered",
          Duration.ofSeconds(60),
          () -> {
            for (Socket upload : uploads) {
              try {
                upload.setSoTimeout(1);
                if (!answer(upload).matches("HTTP/1.1 (408|429)|")) {
                  return false;
                }
              } catch (SocketTimeoutException e) {
                return false;
              } catch (IOException ended) {
                // With a reset, behind its answer.
              }
            }
            return true;
          });
    } finally {
      close(uploads);
    }
  }

  @Test
  void theChildrenKnowNoSecret() throws Exception {
    for (ProcessHandle child : ProcessHandle.of(node.pid()).orElseThrow().descendants().toList()) {
      Path environment = Path.of("/proc/" + child.pid() + "/environ");
      if (Files.isReadable(environment)) {
        assertThat(Files.readString(environment, StandardCharsets.ISO_8859_1))
            .as("%s", child.info())
            .doesNotContain("RINGBACK")
            .doesNotContain(RingbackNode.KEY);
      }
    }
  }
}
