import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.GetJobRequest;
import dev.ringback.v1.JobServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Creates jobs on a node over gRPC, and prints one line of JSON.
 *
 * <pre>
 * create   COUNT jobs; the i-th is due at DUE + i * EVERY microseconds since 1970
 * batch    COUNT jobs a day ahead, 1,000 a call, IN_FLIGHT calls at once; the rate, or null without such a call
 * gentle   GetJob and CreateJob by turns, RATE a second, from a line on the input until its end; how long they took
 * payload  writes one CreateJobRequest to the file OUT
 * </pre>
 *
 * Options are NAME=VALUE arguments.
 */
final class Load {
  static final int BATCH = 1_000;

  /** By hand, so that a jar whose server has no such call yet can be measured as well. */
  private static final MethodDescriptor<byte[], byte[]> BATCH_CREATE =
      MethodDescriptor.<byte[], byte[]>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName(JobServiceGrpc.SERVICE_NAME + "/BatchCreateJobs")
          .setRequestMarshaller(new Bytes())
          .setResponseMarshaller(new Bytes())
          .build();

  private final Map<String, String> options;
  private final Channel channel;
  private final JobServiceGrpc.JobServiceBlockingStub jobs;

  public static void main(String[] args) throws Exception {
    Map<String, String> options = options(args);
    if (args[0].equals("payload")) {
      Instant ahead = Instant.now().plus(Duration.ofDays(1));
      Files.write(Path.of(options.get("out")), request(options.get("url"), ahead, 0).toByteArray());
      return;
    }
    ManagedChannel channel = channel(options);
    try {
      Load load = new Load(options, channel);
      System.out.println(
          switch (args[0]) {
            case "create" -> load.create();
            case "batch" -> load.batch();
            case "gentle" -> load.gentle();
            default -> throw new IllegalArgumentException(args[0]);
          });
    } finally {
      channel.shutdownNow();
    }
  }

  private Load(Map<String, String> options, Channel channel) {
    this.options = options;
    this.channel = channel;
    this.jobs = JobServiceGrpc.newBlockingStub(channel);
  }

  /** Those behind the command. */
  static Map<String, String> options(String[] args) {
    Map<String, String> options = new HashMap<>();
    for (String arg : Arrays.asList(args).subList(1, args.length)) {
      String[] parts = arg.split("=", 2);
      options.put(parts[0], parts[1]);
    }
    return options;
  }

  /** A connection to the node, with its key. */
  static ManagedChannel channel(Map<String, String> options) {
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
        "Bearer " + options.get("key"));
    return NettyChannelBuilder.forTarget(options.get("address"))
        .usePlaintext()
        .maxInboundMessageSize(64 << 20)
        .intercept(MetadataUtils.newAttachHeadersInterceptor(headers))
        .build();
  }

  private String create() throws InterruptedException {
    int count = number("count");
    long due = Long.parseLong(options.get("due"));
    long every = Long.parseLong(options.getOrDefault("every", "0"));
    String url = options.get("url");
    boolean batches = hasBatch();
    double seconds =
        batches
            ? inParallel(4, calls(count), call -> batchCreate(requests(count, call, url, due, every)))
            : inParallel(
                100, count, i -> jobs.createJob(request(url, due + i * every)));
    return "{\"count\": %d, \"seconds\": %.3f, \"batches\": %b}".formatted(count, seconds, batches);
  }

  private String batch() throws InterruptedException {
    String url = options.get("url");
    if (!hasBatch()) {
      return "{\"rate\": null}";
    }
    int count = number("count");
    long due = micros(Instant.now().plus(Duration.ofDays(1)));
    int inFlight = number("in_flight");
    byte[] request = requests(BATCH, 0, url, due, 0);
    int warm = Math.max(100, calls(count) / 4);
    inParallel(inFlight, warm, call -> batchCreate(request));
    double seconds = inParallel(inFlight, calls(count), call -> batchCreate(request));
    return "{\"rate\": %.0f, \"created\": %d}".formatted(count / seconds, count + warm * BATCH);
  }

  /**
   * From the first line of the input until its end. Open loop: a call's time begins when it was to
   * be made, whatever became of those before it.
   */
  private String gentle() throws IOException, InterruptedException {
    long every = 1_000_000_000L / number("rate");
    CreateJobRequest create = request(options.get("url"), Instant.now().plus(Duration.ofDays(1)), 0);
    GetJobRequest get = GetJobRequest.newBuilder().setId(jobs.createJob(create).getId()).build();
    for (int i = 0; i < 500; i++) { // warms up
      jobs.getJob(get);
      jobs.createJob(create);
    }
    System.out.println("warm");
    System.in.read();
    List<Long> took = Collections.synchronizedList(new ArrayList<>());
    AtomicInteger failed = new AtomicInteger();
    List<Thread> calls = new ArrayList<>();
    AtomicBoolean ended = new AtomicBoolean();
    Thread.ofPlatform().daemon().start(() -> {
      try {
        System.in.readAllBytes();
      } catch (IOException e) {
        // The end as well.
      }
      ended.set(true);
    });
    for (long at = System.nanoTime(); !ended.get(); at += every) {
      Thread.sleep(Duration.ofNanos(Math.max(0, at - System.nanoTime())));
      long begun = at;
      boolean read = calls.size() % 2 == 0;
      calls.add(
          Thread.startVirtualThread(() -> {
            try {
              if (read) {
                jobs.getJob(get);
              } else {
                jobs.createJob(create);
              }
            } catch (StatusRuntimeException e) {
              failed.incrementAndGet();
            }
            took.add(System.nanoTime() - begun);
          }));
    }
    for (Thread call : calls) {
      call.join();
    }
    long[] sorted = took.stream().mapToLong(Long::longValue).sorted().toArray();
    int last = sorted.length - 1;
    return "{\"calls\": %d, \"failed\": %d, \"p50_ms\": %.1f, \"p99_ms\": %.1f, \"max_ms\": %.1f}"
        .formatted(
            sorted.length,
            failed.get(),
            sorted[last / 2] / 1e6,
            sorted[last * 99 / 100] / 1e6,
            sorted[last] / 1e6);
  }

  private int number(String option) {
    return Integer.parseInt(options.get(option));
  }

  private static int calls(int count) {
    return (count + BATCH - 1) / BATCH;
  }

  /** Asks with an empty batch, which is refused by a server that knows the call. */
  private boolean hasBatch() {
    try {
      batchCreate(new byte[0]);
      return true;
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode() != Status.Code.UNIMPLEMENTED;
    }
  }

  private void batchCreate(byte[] request) {
    ClientCalls.blockingUnaryCall(channel, BATCH_CREATE, CallOptions.DEFAULT, request);
  }

  /** A BatchCreateJobsRequest with the jobs of one call, as it is on the wire: each is field 1. */
  private static byte[] requests(int count, int call, String url, long due, long every) {
    var bytes = new ByteArrayOutputStream();
    for (long i = (long) call * BATCH; i < Math.min(count, (call + 1L) * BATCH); i++) {
      byte[] request = request(url, due + i * every).toByteArray();
      bytes.write(0x0a);
      int length = request.length;
      for (; length > 127; length >>>= 7) {
        bytes.write(length & 127 | 128);
      }
      bytes.write(length);
      bytes.writeBytes(request);
    }
    return bytes.toByteArray();
  }

  static CreateJobRequest request(String url, long due) {
    return request(url, Instant.EPOCH.plus(Duration.ofNanos(due * 1_000)), due);
  }

  private static CreateJobRequest request(String url, Instant at, long due) {
    return CreateJobRequest.newBuilder()
        .setUrl(url)
        .putHeaders("Content-Type", "application/json")
        .putHeaders("X-Due", Long.toString(due))
        .setBody("{\"userId\":\"user_123\",\"type\":\"trial-expiry\"}")
        .setScheduledAt(at.toString())
        .build();
  }

  static long micros(Instant at) {
    return Duration.between(Instant.EPOCH, at).toNanos() / 1_000;
  }

  /** Makes so many calls, some at once; answers how many seconds they took. The first failure is thrown. */
  private static double inParallel(int inFlight, int calls, IntConsumer call)
      throws InterruptedException {
    AtomicInteger next = new AtomicInteger();
    AtomicReference<RuntimeException> failure = new AtomicReference<>();
    long start = System.nanoTime();
    List<Thread> threads =
        IntStream.range(0, inFlight)
            .mapToObj(any -> Thread.startVirtualThread(() -> {
              for (int at = next.getAndIncrement();
                  at < calls && failure.get() == null;
                  at = next.getAndIncrement()) {
                try {
                  call.accept(at);
                } catch (RuntimeException e) {
                  failure.compareAndSet(null, e);
                }
              }
            }))
            .toList();
    for (Thread thread : threads) {
      thread.join();
    }
    if (failure.get() != null) {
      throw failure.get();
    }
    return (System.nanoTime() - start) / 1e9;
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try (stream) {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
