import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.JobServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * Measures a node as it is shipped: the jar with its embedded, durable PostgreSQL, called over gRPC, calling a target
 * on this machine. Prints one table. Arguments: JAR DATA_FOLDER [JOBS].
 */
final class Bench implements AutoCloseable {
  private static final String KEY = "rb_sk_of_the_bench";
  private static final int IN_FLIGHT = 50;

  private final Path dataDir;
  private final Process node;
  private final ManagedChannel channel;
  private final JobServiceGrpc.JobServiceBlockingStub jobs;
  private final HealthGrpc.HealthBlockingStub health;
  private final Target target = new Target();

  public static void main(String[] args) throws Exception {
    int count = args.length > 2 ? Integer.parseInt(args[2]) : 30_000;
    try (Bench bench = new Bench(Path.of(args[0]), Path.of(args[1]))) {
      bench.run(count);
    }
  }

  private Bench(Path jar, Path dataDir) throws IOException {
    this.dataDir = dataDir;
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    ProcessBuilder builder = new ProcessBuilder(java, "-jar", jar.toString());
    builder.environment().keySet().removeIf(name -> name.startsWith("RINGBACK_"));
    builder.environment().put("RINGBACK_DATA_DIR", dataDir.toString());
    builder.environment().put("RINGBACK_GRPC_PORT", "0");
    builder.environment().put("RINGBACK_OPS_PORT", "0");
    builder.environment().put("RINGBACK_API_KEY", KEY);
    builder.environment().put("RINGBACK_CALLBACK_ALLOW", "127.0.0.0/8");
    node = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    channel = NettyChannelBuilder.forTarget(grpcAddress(node.inputReader())).usePlaintext().build();
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + KEY);
    jobs =
        JobServiceGrpc.newBlockingStub(channel)
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
    health = HealthGrpc.newBlockingStub(channel);
  }

  private static String grpcAddress(BufferedReader output) throws IOException {
    String address = "";
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.strip().startsWith("gRPC, without Envoy")) {
        address = line.strip().substring("gRPC, without Envoy".length()).strip();
      } else if (line.strip().startsWith("API key")) {
        return address;
      }
    }
    throw new IOException("the node did not start");
  }

  private void run(int count) throws Exception {
    // The JIT compiles what is hot first: a fresh JVM's first tens of thousands of calls cost several times as much.
    System.err.println("warming up …");
    drain(count);
    inParallel(20_000, _ -> bareCall());

    System.err.println("measuring …");
    Cpu before = cpu();
    double created = inParallel(count, _ -> create(Instant.now().plus(Duration.ofDays(1)), ""));
    Cpu afterCreates = cpu();
    double bare = inParallel(count, _ -> bareCall());
    Cpu beforeDrain = cpu();
    double drained = drain(count);
    Cpu afterDrain = cpu();
    long[] late = lateness(200, 20);

    System.out.printf("%n| case | figure |%n| --- | --- |%n");
    row("bare unary gRPC call, %d in flight".formatted(IN_FLIGHT), "%,.0f a second".formatted(bare));
    row(
        "CreateJob, %d in flight, each durable before its answer".formatted(IN_FLIGHT),
        "%,.0f a second, %.2f of the bare call".formatted(created, created / bare));
    row("… CPU of server and PostgreSQL for 1,000", afterCreates.minus(before).per(count));
    row(
        "drain of %,d due jobs, each a real POST, first to last call".formatted(count),
        "%,.0f executions a second".formatted(drained));
    row("… CPU of server and PostgreSQL for 1,000, creates included", afterDrain.minus(beforeDrain).per(count));
    row(
        "lateness at the target, 200 due jobs a second for 20 s",
        "p50 %.1f ms, p99 %.1f ms, max %.1f ms, early %d of %d"
            .formatted(
                late[late.length / 2] / 1e3,
                late[late.length * 99 / 100] / 1e3,
                late[late.length - 1] / 1e3,
                Arrays.stream(late).filter(micros -> micros < 0).count(),
                late.length));
  }

  private static void row(String name, String figure) {
    System.out.printf("| %s | %s |%n", name, figure);
  }

  /** Calls so many times, IN_FLIGHT at once; answers how many a second. */
  private static double inParallel(int count, IntConsumer call) throws InterruptedException {
    AtomicInteger next = new AtomicInteger();
    CountDownLatch done = new CountDownLatch(IN_FLIGHT);
    long start = System.nanoTime();
    for (int i = 0; i < IN_FLIGHT; i++) {
      Thread.startVirtualThread(
          () -> {
            for (int at = next.getAndIncrement(); at < count; at = next.getAndIncrement()) {
              call.accept(at);
            }
            done.countDown();
          });
    }
    done.await();
    return count / ((System.nanoTime() - start) / 1e9);
  }

  private void bareCall() {
    health.check(HealthCheckRequest.getDefaultInstance());
  }

  private void create(Instant at, String due) {
    CreateJobRequest.Builder request =
        CreateJobRequest.newBuilder()
            .setUrl(target.url())
            .putHeaders("Content-Type", "application/json")
            .setBody("{\"userId\":\"user_123\",\"type\":\"trial-expiry\"}")
            .setScheduledAt(at.toString());
    if (!due.isEmpty()) {
      request.putHeaders("X-Due", due);
    }
    jobs.createJob(request.build());
  }

  /** All due at one moment, after the last of them was created. */
  private double drain(int count) throws InterruptedException {
    target.expect(count);
    Instant due = Instant.now().plusSeconds(3 + count / 2_500);
    inParallel(count, _ -> create(due, ""));
    await(count, Duration.ofSeconds(120));
    return count / target.seconds();
  }

  private long[] lateness(int aSecond, int seconds) throws InterruptedException {
    int count = aSecond * seconds;
    target.expect(count);
    Instant first = Instant.now().plusSeconds(5).truncatedTo(ChronoUnit.MICROS);
    inParallel(
        count,
        i -> {
          Instant due = first.plusNanos(i * 1_000_000_000L / aSecond).truncatedTo(ChronoUnit.MICROS);
          create(due, Long.toString(ChronoUnit.MICROS.between(Instant.EPOCH, due)));
        });
    await(count, Duration.ofSeconds(seconds + 60));
    return target.lateness();
  }

  private void await(int count, Duration longest) throws InterruptedException {
    long end = System.nanoTime() + longest.toNanos();
    while (target.count() < count) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException("only " + target.count() + " of " + count + " calls came");
      }
      Thread.sleep(50);
    }
  }

  /** CPU seconds used so far. */
  private record Cpu(double server, double postgres) {
    Cpu minus(Cpu before) {
      return new Cpu(server - before.server, postgres - before.postgres);
    }

    String per(int count) {
      return "%.3f + %.3f s".formatted(server / count * 1_000, postgres / count * 1_000);
    }
  }

  private Cpu cpu() throws IOException {
    double postgres = 0;
    for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
      if (process.info().command().orElse("").endsWith("/postgres") && isOurs(process)) {
        postgres += seconds(process.pid());
      }
    }
    return new Cpu(seconds(node.pid()), postgres);
  }

  private boolean isOurs(ProcessHandle process) throws IOException {
    String pid = Files.readAllLines(dataDir.resolve("pg18/postmaster.pid")).getFirst().strip();
    return pid.equals(process.pid() + "")
        || process.parent().map(parent -> pid.equals(parent.pid() + "")).orElse(false);
  }

  /** User and system time of a process and of its children that have ended, in ticks of 10 ms. */
  private static double seconds(long pid) throws IOException {
    List<String> fields = new ArrayList<>();
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      fields.addAll(List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ")));
    } catch (IOException gone) {
      return 0;
    }
    double ticks = 0;
    for (int field = 11; field <= 14; field++) {
      ticks += Long.parseLong(fields.get(field));
    }
    return ticks / 100;
  }

  @Override
  public void close() throws Exception {
    channel.shutdownNow();
    target.close();
    node.destroy();
    node.waitFor();
  }
}
