package dev.ringback.server.store.job;

import dev.ringback.server.job.IdSource;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobId;
import dev.ringback.server.refusal.Conflict.IdempotencyKeyReused;
import dev.ringback.server.refusal.Exhausted.Overloaded;
import dev.ringback.server.refusal.Refusal;
import dev.ringback.server.store.db.Batcher;
import dev.ringback.server.store.db.Database;
import dev.ringback.server.store.db.DatabaseClock;
import dev.ringback.server.store.db.Room;
import dev.ringback.server.store.db.Unavailable;
import dev.ringback.server.store.db.Wakeups;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Creates jobs: lets creates in as long as there is room, gathers them, and answers when they are
 * durable. Many are one transaction; those that came together are written together or not at all.
 *
 * <p>Thread-safe.
 */
public final class Creates implements AutoCloseable {
  // One writer: the next batch gathers while this one's commit reaches the disk. Two made smaller
  // batches, of which each costs PostgreSQL as much as many of its jobs. 8 MiB hold a few of the
  // largest bodies.
  private static final Batcher.Limits LIMITS = new Batcher.Limits(4_096, 500, 8 << 20, 1);

  /** Each batch is a transaction of its own. Those that wait are held whole in memory. */
  private static final Batcher.Limits WHOLE_LIMITS = new Batcher.Limits(32, 1, 0, 2);

  private final Database database;
  private final DatabaseClock clock;
  private final Wakeups wakeups;
  private final Inserts inserts;
  private final Batcher<Creation, Created> batcher;
  private final Batcher<List<Creation>, List<Created>> whole;

  /** How many creates, and how many batches, may wait. */
  private final Room creates = new Room(LIMITS.waiting());

  private final Room batches = new Room(WHOLE_LIMITS.waiting());

  public Creates(Database database, IdSource ids, DatabaseClock clock, Wakeups wakeups) {
    this.database = database;
    this.clock = clock;
    this.wakeups = wakeups;
    this.inserts = new Inserts(ids, clock);
    this.batcher = new Batcher<>("create", LIMITS, Creates::bytes, this::write);
    this.whole =
        new Batcher<>("create-all", WHOLE_LIMITS, _ -> 0, one -> List.of(writeAll(one.getFirst())));
  }

  /**
   * Creates a job and returns once it is durable. One who is interrupted waits no longer, and what
   * was not begun by then is not created.
   *
   * @throws Overloaded when too many creates wait already
   */
  public Created create(Creation creation) {
    return within(creation.projectId(), creates, () -> batcher.offer(creation));
  }

  /**
   * Creates all of the jobs, or none, and returns once they are durable.
   *
   * @return a new job, or the job that the key stood for before, for each in order
   * @throws IdempotencyKeyReused when a key stands for other content
   * @throws Overloaded when too many batches wait already
   */
  public List<Created> createAll(List<Creation> creations) {
    int project = creations.getFirst().projectId();
    return within(project, batches, () -> whole.offer(creations));
  }

  private static int bytes(Creation creation) {
    return Math.toIntExact(creation.spec().bytes());
  }

  /** Offers it where there is room, which is given back once it is answered. */
  private <R> R within(int project, Room places, Supplier<@Nullable CompletableFuture<R>> offer) {
    // Not only when its batch is written, where it would wait for those in front of it as well.
    database.require();
    if (!places.take(project, 1)) {
      throw tooMany();
    }
    try {
      return answer(offer.get());
    } finally {
      places.giveBack(project, 1);
    }
  }

  private static Refusal tooMany() {
    return new Overloaded("too many creates are waiting; try again");
  }

  private static <R> R answer(@Nullable CompletableFuture<R> answer) {
    if (answer == null) {
      throw tooMany();
    }
    try {
      return answer.get();
    } catch (InterruptedException e) {
      answer.cancel(false);
      Thread.currentThread().interrupt();
      throw new Unavailable();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    }
  }

  private List<Created> write(List<Creation> creations) {
    return write(creations, _ -> {});
  }

  private List<Created> writeAll(List<Creation> creations) {
    return write(creations, Creates::refuseReusedKeys);
  }

  /** Before the commit, so that nothing is created. */
  private static void refuseReusedKeys(List<Created> all) {
    for (Created created : all) {
      if (created instanceof Created.KeyReused(JobId job)) {
        throw new IdempotencyKeyReused(job);
      }
    }
  }

  /**
   * Writes the creates in one transaction.
   *
   * @param check looks at the answers before the commit, and throws where there is to be none
   */
  private List<Created> write(List<Creation> creations, Consumer<List<Created>> check) {
    Instant soon = clock.instant().plus(Wakeups.HORIZON);
    boolean[] dueSoon = {false};
    Database.Work<List<Created>> work =
        connection -> {
          List<Created> created = inserts.create(connection, creations);
          check.accept(created);
          dueSoon[0] = created.stream().anyMatch(answer -> isDueBy(soon, answer));
          if (dueSoon[0]) {
            wakeups.tellOthers(connection);
          }
          return created;
        };
    // Without keys, and with nobody to tell, it is one statement, which commits by itself.
    boolean keyless = creations.stream().allMatch(creation -> creation.idempotencyKey().isEmpty());
    List<Created> answers =
        keyless && wakeups.isAlone() ? database.run(work) : database.transact(work);
    database.happened().ring();
    if (dueSoon[0]) {
      wakeups.signal().ring();
    }
    return answers;
  }

  private static boolean isDueBy(Instant time, Created created) {
    return created instanceof Created.New(Job job)
        && job.state().nextRunAt().stream().anyMatch(due -> due.isBefore(time));
  }

  /** Writes what waits, then takes nothing more. */
  @Override
  public void close() throws InterruptedException {
    batcher.close();
    whole.close();
  }
}
