package dev.ringback.server.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.Await;
import dev.ringback.server.Size;
import dev.ringback.server.api.GrpcFixture;
import dev.ringback.server.job.Job;
import dev.ringback.server.store.StoreFixture;
import dev.ringback.v1.JobServiceGrpc;
import dev.ringback.v1.WatchJobsRequest;
import dev.ringback.v1.WatchMessage;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Watchers over gRPC who go away, or take nothing. */
@Timeout(200)
final class WatchersTest {
  /** More than the node has in memory. */
  private static final int MANY = Size.of(40_000, 70_000);

  @RegisterExtension
  @Order(1)
  private final StoreFixture store = new StoreFixture();

  @RegisterExtension
  @Order(2)
  private final GrpcFixture grpc = new GrpcFixture(store);

  /** One who takes only what he asks for. */
  private final class Watcher extends ClientCall.Listener<WatchMessage> {
    private final ClientCall<WatchJobsRequest, WatchMessage> call =
        grpc.channel.newCall(JobServiceGrpc.getWatchJobsMethod(), CallOptions.DEFAULT);
    private final List<WatchMessage> told = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Status> end = new CompletableFuture<>();
    private volatile boolean greedy;

    Watcher(String token) {
      call.start(this, grpc.credentials());
      call.sendMessage(WatchJobsRequest.newBuilder().setResumeToken(token).build());
      call.halfClose();
      call.request(1);
    }

    @Override
    public void onMessage(WatchMessage message) {
      told.add(message);
      if (greedy) {
        call.request(1);
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      end.complete(status);
    }

    void takeAll() {
      greedy = true;
      call.request(1);
    }
  }

  private void tellMuchOf(Job job) throws Exception {
    store.execute(
        """
        insert into events (position, kind, status, node, project_id, job_id, execution_id, revision,
          attempt_count, number, host, due_at, started_at)
        select nextval('event_positions') * 4096, 'started', 'running', 'one', array[?], array[?],
          array[gen_random_uuid()], array[1], array[1], array[1], array[0], array[now()], array[now()]
        from generate_series(1, %d)
        """
            .formatted(MANY),
        store.project,
        job.id().value());
  }

  @Test
  void nothingIsLeftOfOneWhoIsGone() throws Exception {
    Watcher watcher = new Watcher("");
    Await.until("he is told", () -> !watcher.told.isEmpty());
    Await.until("he watches", () -> grpc.subscribers.count() == 1);
    watcher.call.cancel("gone", null);
    Await.until("he is forgotten", () -> grpc.subscribers.count() == 0);
  }

  @Test
  void oneWhoIsTooSlowIsToldToResume() throws Exception {
    Job job = store.create(StoreFixture.spec());
    Watcher watcher = new Watcher("");
    Await.until("he is told", () -> !watcher.told.isEmpty());
    tellMuchOf(job);
    long last = store.events.head().position();
    Await.until(
        "the node has it all", Duration.ofSeconds(60), () -> grpc.subscribers.offered() >= last);
    assertThat(watcher.end).isNotDone();

    watcher.takeAll();
    Status end = watcher.end.get(60, TimeUnit.SECONDS);
    assertThat(end.getCode()).isEqualTo(Status.Code.ABORTED);
    assertThat(end.getDescription()).contains("too slow").contains("resume");
    Await.until("he is forgotten", () -> grpc.subscribers.count() == 0);

    Watcher resumed = new Watcher(watcher.told.getLast().getResumeToken());
    resumed.takeAll();
    Await.until(
        "all the rest is told",
        Duration.ofSeconds(60),
        () -> started(watcher) + started(resumed) == MANY);
  }

  private static long started(Watcher watcher) {
    return watcher.told.stream()
        .filter(message -> message.getType() == WatchMessage.Type.attempt_started)
        .map(WatchMessage::getResumeToken)
        .distinct()
        .count();
  }
}
