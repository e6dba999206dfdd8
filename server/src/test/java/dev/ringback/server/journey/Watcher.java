package dev.ringback.server.journey;

import static java.util.Objects.requireNonNull;

import dev.ringback.v1.JobServiceGrpc.JobServiceBlockingStub;
import dev.ringback.v1.WatchJobRequest;
import dev.ringback.v1.WatchJobsRequest;
import dev.ringback.v1.WatchMessage;
import io.grpc.StatusRuntimeException;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;

/**
 * Somebody who watches through whatever happens: cut off at random moments, he resumes with the
 * last token he got, at any of the nodes.
 */
final class Watcher implements AutoCloseable {
  private static final int LONGEST_MS = 1_500;
  private static final int PAUSE_MS = 20;

  private final AtomicReference<List<StubClient>> nodes;
  private final BiFunction<JobServiceBlockingStub, String, Iterator<WatchMessage>> watch;
  private final Random random;
  private final List<WatchMessage> messages = new CopyOnWriteArrayList<>();
  private final List<String> faults = new CopyOnWriteArrayList<>();
  private final Thread thread;
  private final AtomicInteger connections = new AtomicInteger();
  private volatile boolean ended;
  private volatile boolean closed;

  private Watcher(
      AtomicReference<List<StubClient>> nodes,
      long seed,
      BiFunction<JobServiceBlockingStub, String, Iterator<WatchMessage>> watch) {
    this.nodes = nodes;
    this.watch = watch;
    this.random = new Random(seed);
    this.thread = Thread.ofVirtual().start(this::run);
  }

  /** Of a whole project, from now on. */
  static Watcher ofProject(AtomicReference<List<StubClient>> nodes, long seed) {
    return new Watcher(
        nodes,
        seed,
        (jobs, token) ->
            jobs.watchJobs(WatchJobsRequest.newBuilder().setResumeToken(token).build()));
  }

  /** Of one job. */
  static Watcher ofJob(AtomicReference<List<StubClient>> nodes, long seed, String id) {
    return new Watcher(
        nodes,
        seed,
        (jobs, token) ->
            jobs.watchJob(WatchJobRequest.newBuilder().setId(id).setResumeToken(token).build()));
  }

  private void run() {
    String token = "";
    while (!closed && !ended && faults.isEmpty()) {
      List<StubClient> choice = requireNonNull(nodes.get());
      StubClient node = choice.get(random.nextInt(choice.size()));
      JobServiceBlockingStub jobs =
          node.lastingJobs()
              .withDeadlineAfter(1 + random.nextInt(LONGEST_MS), TimeUnit.MILLISECONDS);
      try {
        connections.incrementAndGet();
        Iterator<WatchMessage> told = watch.apply(jobs, token);
        while (told.hasNext()) {
          WatchMessage message = told.next();
          token = message.getResumeToken();
          messages.add(message);
        }
        ended = true;
      } catch (StatusRuntimeException e) {
        switch (e.getStatus().getCode()) {
          // Cut off, by himself or by the node's death.
          case DEADLINE_EXCEEDED -> {}
          case UNAVAILABLE, CANCELLED -> pause();
          default -> faults.add(e.getStatus() + " after " + messages.size());
        }
      }
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** All that was told, but for checkpoints. */
  List<WatchMessage> messages() {
    return messages.stream().filter(m -> m.getType() != WatchMessage.Type.checkpoint).toList();
  }

  /** Errors that a watcher can't go on from. */
  List<String> faults() {
    return faults;
  }

  /** Whether it has a place to resume at: cut off before that, it begins anew. */
  boolean hasBegun() {
    return !messages.isEmpty();
  }

  /** How often it was connected. */
  int connections() {
    return connections.get();
  }

  /** Whether the server ended the watch in order. */
  boolean hasEnded() {
    return ended;
  }

  @Override
  public void close() throws InterruptedException {
    closed = true;
    thread.join();
  }
}
