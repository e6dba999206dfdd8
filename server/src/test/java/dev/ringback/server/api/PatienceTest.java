package dev.ringback.server.api;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ringback.server.Await;
import dev.ringback.server.store.StoreFixture;
import dev.ringback.server.watch.Feed;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.GetJobRequest;
import dev.ringback.v1.JobServiceGrpc;
import dev.ringback.v1.ListJobsRequest;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.function.Executable;

/** No call hangs, whatever it waits for. */
@Timeout(60)
final class PatienceTest {
  @RegisterExtension private final StoreFixture store = new StoreFixture();

  private @Nullable GrpcServer server;
  private @Nullable ManagedChannel channel;

  @BeforeEach
  void start() throws Exception {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    var seconds = Duration.ofSeconds(10);
    server =
        new GrpcServer(
            address,
            new GrpcServer.Store(
                store.writer,
                store.jobs,
                store.executions,
                store.attempts,
                store.projects,
                store.clock),
            new GrpcServer.Watching(
                new Feed(store.events, store.database.happened(), () -> true),
                store.jobs,
                store.events),
            new GrpcServer.Defaults(seconds, seconds, seconds, 1_000));
    channel =
        NettyChannelBuilder.forAddress(
                new InetSocketAddress(address.getAddress(), requireNonNull(server).port()))
            .usePlaintext()
            .build();
  }

  @AfterEach
  void stop() throws Exception {
    requireNonNull(channel).shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    requireNonNull(server).close();
  }

  private JobServiceGrpc.JobServiceBlockingStub jobs() {
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
        "Bearer " + store.projects.createKey("default"));
    return JobServiceGrpc.newBlockingStub(requireNonNull(channel))
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  private static void refusedInTime(Executable call) {
    long begun = System.nanoTime();
    var refused = catchThrowableOfType(StatusRuntimeException.class, call::execute);
    Duration took = Duration.ofNanos(System.nanoTime() - begun);
    assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(took).isBetween(Patience.LIMIT, Patience.LIMIT.plusSeconds(1));
  }

  @Test
  void refusesAReadThatWaitsForALock() throws Exception {
    var jobs = jobs();
    try (Connection stranger = locked("jobs")) {
      refusedInTime(() -> jobs.listJobs(ListJobsRequest.getDefaultInstance()));
      stranger.rollback();
    }
    jobs.listJobs(ListJobsRequest.getDefaultInstance());
  }

  @Test
  void refusesAKeyThatWaitsForALock() throws Exception {
    var jobs = jobs();
    try (Connection stranger = locked("api_keys")) {
      refusedInTime(() -> jobs.getJob(GetJobRequest.newBuilder().setId("job_x").build()));
      stranger.rollback();
    }
  }

  @Test
  void refusesCreatesAndTakesBackThoseThatWereNotBegun() throws Exception {
    var jobs = jobs();
    var request =
        CreateJobRequest.newBuilder().setUrl("http://127.0.0.1:1/").setDelay("1h").build();
    jobs.createJob(request);
    try (Connection stranger = locked("jobs");
        var creators = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<Boolean> create =
          () -> {
            refusedInTime(() -> jobs.createJob(request));
            return true;
          };
      List<Future<Boolean>> created = new ArrayList<>();
      // The writer begins with one.
      created.add(creators.submit(create));
      Await.until("a writer that waits", () -> store.count("pg_locks where not granted") > 0);
      created.addAll(Collections.nCopies(18, create).stream().map(creators::submit).toList());
      for (Future<Boolean> one : created) {
        assertThat(one.get()).isTrue();
      }
      stranger.rollback();
    }
    jobs.createJob(request);
    // What was begun may have come true.
    assertThat(store.count("jobs")).isLessThanOrEqualTo(3);
  }

  private Connection locked(String table) throws Exception {
    Connection connection = store.connect();
    connection.setAutoCommit(false);
    connection.createStatement().execute("lock table " + table);
    return connection;
  }
}
