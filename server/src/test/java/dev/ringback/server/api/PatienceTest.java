package dev.ringback.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ringback.server.Await;
import dev.ringback.server.store.StoreFixture;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.GetJobRequest;
import dev.ringback.v1.JobServiceGrpc;
import dev.ringback.v1.ListJobsRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.function.Executable;

/** No call hangs, whatever it waits for. */
@Timeout(60)
final class PatienceTest {
  /** When the database itself would give up. */
  private static final Duration DATABASES_OWN = Duration.ofSeconds(8);

  @RegisterExtension
  @Order(1)
  private final StoreFixture store = new StoreFixture();

  @RegisterExtension
  @Order(2)
  private final GrpcFixture grpc = new GrpcFixture(store);

  private JobServiceGrpc.JobServiceBlockingStub jobs() {
    return JobServiceGrpc.newBlockingStub(grpc.channel)
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(grpc.credentials()));
  }

  private static void refusedInTime(Executable call) {
    long begun = System.nanoTime();
    var refused = catchThrowableOfType(StatusRuntimeException.class, call::execute);
    Duration took = Duration.ofNanos(System.nanoTime() - begun);
    assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(took).isBetween(Patience.LIMIT, DATABASES_OWN);
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
