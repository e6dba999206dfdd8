package dev.ringback.server.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.ringback.server.Await;
import dev.ringback.server.Size;
import dev.ringback.server.engine.http.ScriptedTarget;
import dev.ringback.server.journey.CallbackTarget.Hit;
import dev.ringback.v1.CreateJobRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node with little memory, and jobs that would take much more. */
class MemoryIT {
  // All of both are in hand at once, so each must be well within a lane's share of the slots.
  private static final int LARGE_JOBS = Size.of(150, 250);
  private static final int HUGE_JOBS = Size.of(60, 100);
  private static final int OTHERS = Size.of(120, 1_000);

  /** So many seconds are enough to create the others, which is not what is measured. */
  private static final int AHEAD = OTHERS / 20;

  private static final Duration EVERY = Duration.ofMillis(30);

  /** On a machine that has nothing else to do. */
  private static final Duration LATE = Duration.ofSeconds(1);

  /** Processes and threads, one after the other, that a call waits for when the machine is busy. */
  private static final int HOPS = 5;

  private static final Duration DRAINED = Duration.ofSeconds(Size.of(60, 300));
  private static final byte[] SMALL = bytes(1_000);
  private static final byte[] LARGE = bytes(1 << 20);

  /** Larger than what the sockets between caller and target hold. */
  private static final byte[] HUGE = bytes(3 << 20);

  @TempDir private Path folder;

  /** An eighth of the heap is for large bodies, and half of that for one lane. */
  @Test
  void bodiesThatNobodyReadsDelayNobodyElse() throws Exception {
    Map<String, String> settings =
        Map.of("RINGBACK_ENVOY", "false", "RINGBACK_MAX_BODY_BYTES", "" + HUGE.length);
    try (var noAnswer = new UnreadTarget();
        var noReader = new UnreadTarget();
        var target = new CallbackTarget();
        var node = RingbackNode.start(folder, "128m", settings);
        var database = node.database();
        var client = node.client();
        var other =
            node.client(
                RingbackNode.command(folder, Map.of(), "create-key", "--project", "other"))) {
      for (int i = 0; i < LARGE_JOBS; i++) {
        create(client, noAnswer.url(), LARGE, Instant.now());
      }
      for (int i = 0; i < HUGE_JOBS; i++) {
        create(client, noReader.url(), HUGE, Instant.now());
      }
      String running = "select count(*) from queue where owner is not null";
      Await.until(
          "all are called or wait for room",
          () ->
              noAnswer.connections() == LARGE_JOBS
                  && Books.number(database, running) == LARGE_JOBS + HUGE_JOBS);
      assertThat(noReader.connections()).as("calls with a body in memory").isBetween(1, 2);

      Instant first = Instant.now().plusSeconds(AHEAD);
      CompletableFuture<Duration> machine =
          CompletableFuture.supplyAsync(() -> lateByItself(first), Thread::startVirtualThread);
      for (int i = 0; i < OTHERS; i++) {
        create(other, target.url("/" + i), other(i), first.plus(EVERY.multipliedBy(i)));
      }
      Await.until(
          "all others are called",
          EVERY.multipliedBy(OTHERS).plusSeconds(AHEAD + 20),
          () -> target.hits().size() == OTHERS);
      Duration late = Duration.ZERO;
      for (Hit hit : target.hits()) {
        int i = Integer.parseInt(hit.path().substring(1));
        Duration after = Duration.between(first.plus(EVERY.multipliedBy(i)), hit.at());
        late = after.compareTo(late) > 0 ? after : late;
        assertThat(hit.body()).isEqualTo(other(i));
      }
      System.out.printf(
          "%d bodies of 1 MiB and %d of 3 MiB that nobody reads: others at most %d ms late,"
              + " the machine by itself %d ms%n",
          LARGE_JOBS, HUGE_JOBS, late.toMillis(), machine.get().toMillis());
      assertThat(late).isLessThan(LATE.plus(machine.get().multipliedBy(HOPS)));
      assertThat(noReader.connections()).as("calls with a body in memory").isBetween(1, 2);

      noAnswer.read();
      noReader.read();
      Books books = Books.closed(database, DRAINED);
      assertThat(books.completedJobs()).hasSize(LARGE_JOBS + HUGE_JOBS + OTHERS);
      assertThat(books.attempts()).hasSize(LARGE_JOBS + HUGE_JOBS + OTHERS);
      assertThat(noAnswer.whole(LARGE)).isEqualTo(LARGE_JOBS);
      assertThat(noReader.whole(HUGE)).isEqualTo(HUGE_JOBS);
      assertThat(node.output()).doesNotContain("OutOfMemory").doesNotContain("out of memory");
    }
  }

  /** How late a thread wakes that does nothing else, at the times when the others are due. */
  private static Duration lateByItself(Instant first) {
    Duration late = Duration.ZERO;
    for (int i = 0; i < OTHERS; i++) {
      Instant due = first.plus(EVERY.multipliedBy(i));
      LockSupport.parkNanos(Duration.between(Instant.now(), due).toNanos());
      Duration after = Duration.between(due, Instant.now());
      late = after.compareTo(late) > 0 ? after : late;
    }
    return late;
  }

  /** More calls at once than there is memory for their answers: 64 KiB each. */
  @Test
  @Timeout(120)
  void endsAtOnceWhenItsMemoryIsGone() throws Exception {
    Map<String, String> settings =
        Map.of("RINGBACK_ENVOY", "false", "RINGBACK_CALL_SLOTS", "10000");
    try (var endless = new ScriptedTarget(MemoryIT::answersAndGoesOn);
        var node = RingbackNode.start(folder, "64m", settings);
        var client = node.client()) {
      while (node.isAlive()) {
        try {
          create(client, endless.url(), new byte[0], Instant.now());
        } catch (StatusRuntimeException e) {
          // It is short of memory, or has ended.
        }
      }
      assertThat(node.awaitExit()).contains(3);
      assertThat(node.output()).contains("The memory is gone: the node ends at once.");
    }
  }

  private static void answersAndGoesOn(ScriptedTarget.Line line) throws IOException {
    while (line.request() != null) {
      line.send("HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n" + "x".repeat(65_000));
    }
  }

  private static byte[] other(int i) {
    return i % 3 == 0 ? LARGE : SMALL;
  }

  private static void create(StubClient client, String url, byte[] body, Instant at) {
    client
        .jobs()
        .createJob(
            CreateJobRequest.newBuilder()
                .setUrl(url)
                .setBinaryBody(ByteString.copyFrom(body))
                .setScheduledAt(at.toString())
                .setAttemptDeadline("10m")
                .build());
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }
}
