package dev.ringback.server.store.job;

import dev.ringback.server.job.AttemptKey;
import dev.ringback.server.job.Claim;
import dev.ringback.server.job.Finish;
import dev.ringback.server.job.IdempotencyKey;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobSpec;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.refusal.Conflict.JobEnded;
import dev.ringback.server.store.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What several callers and nodes do to jobs at the same time, at random: creates, claims, finishes
 * of all kinds, lost attempts and cancels.
 */
public final class Traffic implements AutoCloseable {
  private static final int CALLERS = 4;
  private static final int NODES = 3;

  private final StoreFixture store;
  private final List<Integer> projects;
  private final List<Ours> jobs = new CopyOnWriteArrayList<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Future<?>> actors = new ArrayList<>();

  /** A job that was created here. */
  public record Ours(int project, JobId job) {}

  /** Begins. The labels are {@code a=0..2} and {@code b=0..2}. */
  public Traffic(StoreFixture store, List<Integer> projects, int rounds) {
    this.store = store;
    this.projects = projects;
    for (int i = 0; i < CALLERS; i++) {
      Random random = new Random(i);
      actors.add(threads.submit(() -> ask(random, rounds)));
    }
    for (int i = 0; i < NODES; i++) {
      Random random = new Random(100 + i);
      String name = "node-" + i;
      actors.add(threads.submit(() -> call(random, name, rounds)));
    }
  }

  /** The jobs created so far. */
  public List<Ours> jobs() {
    return jobs;
  }

  public boolean isDone() {
    return actors.stream().allMatch(Future::isDone);
  }

  /** Returns when all is done; fails when anything of it failed. */
  public void await() throws Exception {
    for (Future<?> actor : actors) {
      actor.get();
    }
  }

  /** What a caller asks for. */
  private boolean ask(Random random, int rounds) {
    for (int i = 0; i < rounds; i++) {
      create(random);
      if (random.nextInt(3) == 0) {
        cancel(random);
      }
    }
    return true;
  }

  private void create(Random random) {
    int project = projects.get(random.nextInt(projects.size()));
    List<Creation> creations = new ArrayList<>();
    for (int i = random.nextInt(3); i >= 0; i--) {
      JobSpec spec = spec(random);
      Optional<IdempotencyKey> key =
          random.nextBoolean()
              ? Optional.of(StoreFixture.key("key " + random.nextLong(), spec))
              : Optional.empty();
      creations.add(new Creation(project, spec, key));
    }
    List<Created> created =
        creations.size() == 1
            ? List.of(store.creates.create(creations.getFirst()))
            : store.creates.createAll(creations);
    created.forEach(one -> jobs.add(new Ours(project, ((Created.New) one).job().id())));
  }

  private static JobSpec spec(Random random) {
    return StoreFixture.spec(
        "http://127.0.0.1:1/",
        new Schedule.After(Duration.ZERO),
        StoreFixture.RETRIES,
        Map.of("a", "" + random.nextInt(3), "b", "" + random.nextInt(3)));
  }

  /** The life of a node, which forgets some of its claims. */
  private boolean call(Random random, String name, int rounds) {
    Node node = store.nodes.register(name);
    List<Claim> inHand = List.of();
    for (int i = 0; i < rounds; i++) {
      List<Claim> claims = store.claim(node, 1 + random.nextInt(5));
      List<Finish> finishes =
          inHand.stream().flatMap(claim -> finish(claim, random).stream()).toList();
      store.finishes.finish(finishes);
      inHand = claims;
      if (random.nextInt(10) == 0) {
        store.rescue.releaseStrays(node, claims.stream().map(Traffic::key).toList());
      }
    }
    store.rescue.retire(node);
    return true;
  }

  private static AttemptKey key(Claim claim) {
    return new AttemptKey(claim.executionId(), claim.number());
  }

  private static Optional<Finish> finish(Claim claim, Random random) {
    return switch (random.nextInt(8)) {
      case 0 -> Optional.empty();
      case 1 -> Optional.of(StoreFixture.givenUp(claim));
      case 2, 3 -> Optional.of(StoreFixture.retried(claim, Duration.ofMillis(random.nextInt(20))));
      default -> Optional.of(StoreFixture.completed(claim));
    };
  }

  private void cancel(Random random) {
    List<Ours> all = List.copyOf(jobs);
    // One of the newest, which may not have ended.
    Ours one = all.get(Math.max(0, all.size() - 1 - random.nextInt(6)));
    try {
      store.actions.cancel(one.project(), one.job());
    } catch (JobEnded e) {
      // Was faster.
    }
  }

  @Override
  public void close() {
    threads.close();
  }
}
