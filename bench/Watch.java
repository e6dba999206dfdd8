import com.google.common.util.concurrent.MoreExecutors;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Timestamp;
import com.google.protobuf.WireFormat;
import com.google.protobuf.util.Timestamps;
import dev.ringback.v1.Attempt;
import dev.ringback.v1.BatchCreateJobsRequest;
import dev.ringback.v1.Job;
import dev.ringback.v1.JobServiceGrpc;
import dev.ringback.v1.WatchJobRequest;
import dev.ringback.v1.WatchJobsRequest;
import dev.ringback.v1.WatchMessage;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Watches jobs on a node over gRPC. Prints one line of JSON when all streams have begun, and then, for a line
 * {@code MESSAGES ENDS} on the input, another: what was told when so many messages had come and so many
 * streams had ended, or when nothing had come for a while.
 *
 * <pre>
 * jobs     COUNT jobs that it creates, each on a stream of its own; the i-th is due at DUE + i * EVERY
 *          microseconds since 1970
 * project  all jobs of the project on one stream, without snapshots; goes on with the last token when it is told
 *          that it was too slow. Tells the attempts of node NODE from those of others
 * </pre>
 *
 * <p>How long a message took is the time from its {@code at} until it is here: {@code at} is the begin of the
 * transaction, by the clock of the same machine. No more is read of a message than is counted, for the machine is
 * shared with what is measured.
 */
final class Watch {
  private static final MethodDescriptor<WatchJobRequest, Told> JOB =
      reading(JobServiceGrpc.getWatchJobMethod());

  private static final MethodDescriptor<WatchJobsRequest, Told> PROJECT =
      reading(JobServiceGrpc.getWatchJobsMethod());

  private static final int CHANNELS = 10;
  private static final Duration SILENCE = Duration.ofSeconds(10);

  private final Map<String, String> options;
  private final List<ManagedChannel> channels;
  private final CallOptions call =
      CallOptions.DEFAULT.withExecutor(MoreExecutors.directExecutor());

  // All below is guarded by this.
  private int begun;
  private int completed;
  private int failed;
  private String failure = "";
  private int resumed;
  private int messages;
  private int twice;
  private int disordered;
  private long lastAt = System.nanoTime();

  /** Of each job a bit for each type that was told. */
  private final Map<String, Integer> types = new HashMap<>();

  /** In microseconds: of all messages, of attempts of the node, and of attempts of others. */
  private final List<Long> took = new ArrayList<>();

  private final List<Long> same = new ArrayList<>();
  private final List<Long> other = new ArrayList<>();

  /** What is counted of a message. */
  private record Told(int type, String token, long at, String job, String node) {}

  public static void main(String[] args) throws Exception {
    Map<String, String> options = Load.options(args);
    int count = Integer.parseInt(options.getOrDefault("count", "1"));
    Watch watch = new Watch(options, Math.min(count, CHANNELS));
    try {
      Runnable open =
          switch (args[0]) {
            case "jobs" -> watch.ofJobs(count);
            case "project" -> () -> watch.project("");
            default -> throw new IllegalArgumentException(args[0]);
          };
      long start = System.nanoTime();
      open.run();
      watch.awaitBegun(count);
      System.out.println(
          "{\"opened\": %d, \"seconds\": %.3f}".formatted(count, (System.nanoTime() - start) / 1e9));
      var in = new BufferedReader(new InputStreamReader(System.in));
      String[] wanted = in.readLine().split(" ");
      watch.await(Integer.parseInt(wanted[0]), Integer.parseInt(wanted[1]));
      System.out.println(watch.story());
    } finally {
      watch.channels.forEach(ManagedChannel::shutdownNow);
    }
  }

  private Watch(Map<String, String> options, int channels) {
    this.options = options;
    this.channels = Stream.generate(() -> Load.channel(options)).limit(channels).toList();
  }

  /** Creates the jobs; to be run, opens a stream for each. */
  private Runnable ofJobs(int count) {
    long due = Long.parseLong(options.get("due"));
    long every = Long.parseLong(options.getOrDefault("every", "0"));
    var stub = JobServiceGrpc.newBlockingStub(channels.getFirst());
    List<String> ids = new ArrayList<>();
    while (ids.size() < count) {
      var batch = BatchCreateJobsRequest.newBuilder();
      for (int i = ids.size(); i < Math.min(count, ids.size() + Load.BATCH); i++) {
        batch.addRequests(Load.request(options.get("url"), due + i * every));
      }
      stub.batchCreateJobs(batch.build()).getJobsList().forEach(job -> ids.add(job.getId()));
    }
    return () -> {
      for (int i = 0; i < count; i++) {
        ClientCalls.asyncServerStreamingCall(
            channels.get(i % channels.size()).newCall(JOB, call),
            WatchJobRequest.newBuilder().setId(ids.get(i)).build(),
            new Watcher(_ -> {}));
      }
    };
  }

  private void project(String token) {
    var request = WatchJobsRequest.newBuilder().setResumeToken(token);
    for (WatchMessage.Type type : WatchMessage.Type.values()) {
      if (type != WatchMessage.Type.type_unspecified
          && type != WatchMessage.Type.snapshot
          && type != WatchMessage.Type.UNRECOGNIZED) {
        request.addType(type);
      }
    }
    ClientCalls.asyncServerStreamingCall(
        channels.getFirst().newCall(PROJECT, call), request.build(), new Watcher(this::project));
  }

  /** One stream. */
  private final class Watcher implements StreamObserver<Told> {
    private final Consumer<String> resume;
    private String token = "";

    private Watcher(Consumer<String> resume) {
      this.resume = resume;
    }

    @Override
    public void onNext(Told told) {
      long now = Load.micros(Instant.now());
      if (token.isEmpty()) {
        begin();
      }
      token = told.token();
      if (told.type() != WatchMessage.Type.snapshot_VALUE
          && told.type() != WatchMessage.Type.checkpoint_VALUE) {
        count(told, now);
      }
    }

    @Override
    public void onError(Throwable error) {
      if (Status.fromThrowable(error).getCode() == Status.Code.ABORTED) {
        resume(error);
        resume.accept(token);
      } else {
        fail(error);
      }
    }

    @Override
    public void onCompleted() {
      complete();
    }
  }

  private synchronized void begin() {
    begun++;
    notifyAll();
  }

  private synchronized void complete() {
    completed++;
  }

  private synchronized void resume(Throwable error) {
    resumed++;
    failure = String.valueOf(error.getMessage());
  }

  private synchronized void fail(Throwable error) {
    failed++;
    failure = String.valueOf(error.getMessage());
    notifyAll();
  }

  private synchronized void count(Told told, long now) {
    int bit = 1 << told.type();
    int before = types.getOrDefault(told.job(), 0);
    if ((before & bit) != 0) {
      twice++;
      return;
    }
    if (before > bit) {
      disordered++; // none of these jobs is called twice, so that types rise
    }
    types.put(told.job(), before | bit);
    messages++;
    lastAt = System.nanoTime();
    took.add(now - told.at());
    if (told.type() == WatchMessage.Type.attempt_started_VALUE
        || told.type() == WatchMessage.Type.attempt_finished_VALUE) {
      (told.node().equals(options.get("node")) ? same : other).add(now - told.at());
    }
  }

  private synchronized void awaitBegun(int count) throws InterruptedException {
    while (begun < count) {
      if (failed > 0) {
        throw new IllegalStateException(failed + " streams failed: " + failure);
      }
      wait();
    }
  }

  private synchronized void await(int wanted, int ends) throws InterruptedException {
    while ((messages < wanted || completed + failed < ends)
        && System.nanoTime() - lastAt < SILENCE.toNanos()) {
      wait(10);
    }
  }

  private synchronized String story() {
    return """
        {"messages": %d, "twice": %d, "disordered": %d, "completed": %d, "failed": %d, "resumed": %d, \
        "failure": "%s", "in_a_second": %d, %s, %s, %s}"""
        .formatted(
            messages, twice, disordered, completed, failed, resumed, failure.replaceAll("[\"\\\\\\s]+", " "),
            took.stream().filter(micros -> micros <= 1_000_000).count(),
            quantiles("", took), quantiles("same_", same), quantiles("other_", other));
  }

  private static String quantiles(String prefix, List<Long> micros) {
    long[] sorted = micros.stream().mapToLong(Long::longValue).sorted().toArray();
    int last = sorted.length - 1;
    double[] figures =
        last < 0 ? new double[3] : new double[] {sorted[last / 2], sorted[(int) (last * 99L / 100)], sorted[last]};
    return "\"%1$scount\": %2$d, \"%1$sp50_ms\": %3$.2f, \"%1$sp99_ms\": %4$.2f, \"%1$smax_ms\": %5$.2f"
        .formatted(prefix, sorted.length, figures[0] / 1e3, figures[1] / 1e3, figures[2] / 1e3);
  }

  private static <Q> MethodDescriptor<Q, Told> reading(MethodDescriptor<Q, WatchMessage> method) {
    return method.toBuilder(
            method.getRequestMarshaller(),
            new MethodDescriptor.Marshaller<Told>() {
              @Override
              public InputStream stream(Told value) {
                throw new UnsupportedOperationException();
              }

              @Override
              public Told parse(InputStream stream) {
                try (stream) {
                  return told(CodedInputStream.newInstance(stream.readAllBytes()));
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              }
            })
        .build();
  }

  private static Told told(CodedInputStream in) throws IOException {
    int type = 0;
    String token = "";
    long at = 0;
    String job = "";
    String node = "";
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case WatchMessage.TYPE_FIELD_NUMBER -> type = in.readEnum();
        case WatchMessage.RESUME_TOKEN_FIELD_NUMBER -> token = in.readString();
        case WatchMessage.AT_FIELD_NUMBER -> at = Timestamps.toMicros(Timestamp.parseFrom(in.readByteBuffer()));
        case WatchMessage.JOB_FIELD_NUMBER -> job = text(in, Job.ID_FIELD_NUMBER);
        case WatchMessage.ATTEMPT_FIELD_NUMBER -> node = text(in, Attempt.NODE_FIELD_NUMBER);
        default -> in.skipField(tag);
      }
    }
    return new Told(type, token, at, job, node);
  }

  /** A text of the message that comes next. */
  private static String text(CodedInputStream in, int field) throws IOException {
    int outer = in.pushLimit(in.readRawVarint32());
    String text = "";
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == field) {
        text = in.readString();
      } else {
        in.skipField(tag);
      }
    }
    in.popLimit(outer);
    return text;
  }
}
