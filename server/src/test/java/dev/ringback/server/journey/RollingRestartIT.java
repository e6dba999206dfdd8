package dev.ringback.server.journey;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.Await;
import dev.ringback.server.Size;
import dev.ringback.server.launch.OwnPostgres;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes that are stopped and started again one after the other, while callers go on. */
class RollingRestartIT {
  private static final int ROUNDS = Size.of(1, 10);
  private static final int CALLERS = 8;
  private static final Duration HEALED = Duration.ofSeconds(15);

  @TempDir private Path folder;

  /** A node and the client of its present life. */
  private record Member(RingbackNode node, StubClient client) {
    static Member start(Path folder, OwnPostgres postgres) throws Exception {
      var node =
          RingbackNode.start(
              folder, Map.of("RINGBACK_DATABASE_URL", postgres.url(), "RINGBACK_ENVOY", "false"));
      return new Member(node, node.client());
    }

    void terminate() throws InterruptedException {
      node.terminate();
      client.close();
    }
  }

  @Test
  void losesAndRepeatsNothing() throws Exception {
    try (var postgres = OwnPostgres.start(folder);
        var target = new CallbackTarget()) {
      // So that calls are in flight whenever a node is told to stop.
      target.answer(_ -> slowly());
      var members = new AtomicReferenceArray<Member>(2);
      for (int i = 0; i < 2; i++) {
        members.set(i, Member.start(folder.resolve("node-" + i), postgres));
      }
      List<Load.Door> doors = Collections.nCopies(CALLERS, door(members));
      try (var load = new Load(target, doors);
          var database = postgres.connect()) {
        Await.until("jobs are called", () -> target.hits().size() > 100);
        for (int round = 0; round < ROUNDS; round++) {
          for (int i = 0; i < 2; i++) {
            members.get(i).terminate();
            members.set(i, Member.start(folder.resolve("node-" + i), postgres));
            int hits = target.hits().size();
            Await.until("work goes on", () -> target.hits().size() > hits + 100);
          }
        }
        Set<String> acknowledged = load.stop();
        Books books = Books.closed(database, HEALED);
        System.out.printf(
            "rolling restart: %,d jobs, %d attempts lost, the longest create %.1f s%n",
            acknowledged.size(), books.lost(), load.longest().toMillis() / 1e3);
        assertThat(load.faults()).isEmpty();
        books.agreeWith(acknowledged, target.hits());
        assertThat(books.lost()).isZero();
        // A create that was repeated by its caller made one job, and each job was called once.
        assertThat(books.completedJobs()).isEqualTo(acknowledged);
        assertThat(target.hits()).hasSize(acknowledged.size());
        assertThat(target.hits().stream().collect(groupingBy(hit -> hit.deliveryId(), counting())))
            .allSatisfy((_, calls) -> assertThat(calls).isEqualTo(1));
      } finally {
        for (int i = 0; i < 2; i++) {
          members.get(i).terminate();
        }
      }
    }
  }

  /** As a careful caller does: the same create again, with its key, wherever somebody answers. */
  private static Load.Door door(AtomicReferenceArray<Member> members) {
    return job -> {
      var keyed = job.toBuilder().setIdempotencyKey(UUID.randomUUID().toString()).build();
      List<String> refusals = new ArrayList<>();
      for (int tries = 0; tries < 100; tries++) {
        try {
          StubClient client = members.get(tries % 2).client();
          return new Load.Answer.Created(client.jobs().createJob(keyed).getId());
        } catch (StatusRuntimeException e) {
          switch (e.getStatus().getCode()) {
            case UNAVAILABLE -> refusals.add(e.toString());
            default -> {
              return new Load.Answer.Fault(e.toString());
            }
          }
          TimeUnit.MILLISECONDS.sleep(20);
        }
      }
      return new Load.Answer.Fault("nobody answers: " + refusals.getLast());
    };
  }

  private static int slowly() {
    try {
      TimeUnit.MILLISECONDS.sleep(200);
      return 200;
    } catch (InterruptedException e) {
      return 500;
    }
  }
}
