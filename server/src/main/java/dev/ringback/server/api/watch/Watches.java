package dev.ringback.server.api.watch;

import dev.ringback.server.api.read.ResumeToken;
import dev.ringback.server.job.Change;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobFilter;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.refusal.Invalid.InvalidFields;
import dev.ringback.server.refusal.Invalid.TooOld;
import dev.ringback.server.refusal.NotFound.JobNotFound;
import dev.ringback.server.refusal.Violation;
import dev.ringback.server.store.job.Events;
import dev.ringback.server.store.job.Standings;
import dev.ringback.server.watch.Past;
import dev.ringback.server.watch.Seats;
import dev.ringback.server.watch.States;
import dev.ringback.server.watch.Subscribers;
import dev.ringback.server.watch.Subscription;
import dev.ringback.server.watch.Subscription.Batch;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Tells watchers: how jobs stand first, then their changes.
 *
 * <p>Thread-safe. What watches or waits takes the thread that asks for it, until it is interrupted.
 */
public final class Watches {
  private final Subscribers subscribers;
  private final Past past;
  private final Seats seats;
  private final States states;
  private final InstantSource clock;

  /**
   * A watch that was asked for.
   *
   * @param types of messages; empty for all
   * @param text stands for the filter in tokens
   * @param resume what had been told before; empty for a new watch
   */
  record Wanted(
      JobFilter filter, Set<Change.Type> types, String text, Optional<ResumeToken> resume) {}

  /**
   * @param seats the memory that watches may take
   */
  public Watches(
      Subscribers subscribers, Past past, Seats seats, States states, InstantSource clock) {
    this.subscribers = subscribers;
    this.past = past;
    this.seats = seats;
    this.states = states;
    this.clock = clock;
  }

  /** Watches one job, the only one of the filter, until its last change. */
  void one(Wanted wanted, Outlet outlet) throws InterruptedException {
    try (Seats.Seat _ = seats.take(wanted.filter())) {
      tellOne(wanted, outlet);
    }
  }

  private void tellOne(Wanted wanted, Outlet outlet) throws InterruptedException {
    JobFilter filter = wanted.filter();
    JobId id = filter.ids().iterator().next();
    Telling telling = telling(wanted, outlet);
    Standings.Standing standing = states.one(filter.projectId(), id);
    Events.Head head = standing.head();
    long from;
    if (wanted.resume().isPresent()) {
      from = resumed(wanted.resume().get(), head).after();
    } else {
      from = head.position();
      telling.snapshot(standing.job(), head, Optional.empty());
    }
    long end = end(standing);
    if (wanted.resume().isPresent() && !standing.settled()) {
      // At once, so that the watcher knows that it is heard.
      telling.checkpoint();
    }
    try (Subscription subscription = subscribe(filter, from)) {
      while (subscription.position() < end) {
        Batch batch = subscription.take(end, telling.untilCheckpoint());
        for (Change change : batch.changes()) {
          telling.change(change);
          if (endsWith(change.job())) {
            return;
          }
          if (change.job().state().status().isFinal()) {
            end = end(states.one(filter.projectId(), id));
          }
        }
        telling.reached(batch.position());
      }
    }
  }

  /** Whether nothing comes after this. Of a job that was cancelled a call may still be made. */
  private static boolean endsWith(Job job) {
    JobStatus status = job.state().status();
    return status == JobStatus.COMPLETED || status == JobStatus.FAILED;
  }

  /** The position behind which nothing more will come, if that is known. */
  private static long end(Standings.Standing standing) {
    return standing.settled() ? standing.head().position() : Long.MAX_VALUE;
  }

  /**
   * Watches jobs, until it is interrupted or fails.
   *
   * <p>The states are told page by page, newest job first; the last job of a page is the frontier.
   * Before the next page, the changes up to the moment of that page are told, of the jobs that have
   * been told. So at each moment all of them, and none of the others, stand as they did at one
   * position.
   */
  void several(Wanted wanted, Outlet outlet) throws InterruptedException {
    try (Seats.Seat seat = seats.take(wanted.filter())) {
      tellSeveral(wanted, seat, outlet);
    }
  }

  private void tellSeveral(Wanted wanted, Seats.Seat seat, Outlet outlet)
      throws InterruptedException {
    JobFilter filter = wanted.filter();
    Telling telling = telling(wanted, outlet);
    states.require(filter);
    Optional<JobId> frontier = Optional.empty();
    long from;
    if (wanted.resume().isPresent()) {
      from = resumed(wanted.resume().get(), states.head(filter.projectId())).after();
      frontier = wanted.resume().get().frontier();
    } else if (wanted.types().isEmpty() || wanted.types().contains(Change.Type.SNAPSHOT)) {
      Standings.Snapshot snapshot = states.page(filter, Optional.empty(), seat.page());
      frontier = tell(snapshot, telling);
      from = snapshot.head().position();
    } else {
      from = states.head(filter.projectId()).position();
      telling.reached(from);
    }
    try (Subscription subscription = subscribe(filter, from)) {
      while (frontier.isPresent()) {
        Standings.Snapshot snapshot = states.page(filter, frontier, seat.page());
        while (subscription.position() < snapshot.head().position()) {
          Batch batch = subscription.take(snapshot.head().position(), telling.untilCheckpoint());
          for (Change change : batch.changes()) {
            if (!isOlder(change.job().id(), frontier.get())) {
              telling.change(change);
            }
          }
          telling.reached(batch.position());
        }
        frontier = tell(snapshot, telling);
      }
      seat.endPages();
      telling.checkpoint();
      while (true) {
        Batch batch = subscription.take(Long.MAX_VALUE, telling.untilCheckpoint());
        for (Change change : batch.changes()) {
          telling.change(change);
        }
        telling.reached(batch.position());
      }
    }
  }

  /** Tells how the jobs of a page stand; answers the new frontier, if there may be more of them. */
  private static Optional<JobId> tell(Standings.Snapshot snapshot, Telling telling)
      throws InterruptedException {
    for (Job job : snapshot.jobs()) {
      boolean isEnd = snapshot.rest().isEmpty() && job.equals(snapshot.jobs().getLast());
      telling.snapshot(job, snapshot.head(), isEnd ? Optional.empty() : Optional.of(job.id()));
    }
    telling.states(snapshot.head().position(), snapshot.rest());
    return snapshot.rest();
  }

  /** By the ids, as PostgreSQL orders them. */
  private static boolean isOlder(JobId job, JobId frontier) {
    return job.toString().compareTo(frontier.toString()) < 0;
  }

  private Subscription subscribe(JobFilter filter, long position) {
    return new Subscription(subscribers, past, filter, position);
  }

  private Telling telling(Wanted wanted, Outlet outlet) {
    ResumeToken begin = wanted.resume().orElse(ResumeToken.behind(0));
    return new Telling(outlet, wanted.text(), wanted.types(), clock, begin);
  }

  /** The token, if what follows it is still kept. */
  private static ResumeToken resumed(ResumeToken token, Events.Head head) {
    if (token.after() < head.horizon()) {
      throw new TooOld(head.horizon());
    }
    if (token.position() > head.position()) {
      // A database that was restored from a backup has forgotten what it gave tokens for.
      throw new InvalidFields(
          List.of(
              new Violation(
                  "resume_token",
                  "is of a later time than this database knows; begin without one")),
          false);
    }
    return token;
  }

  /**
   * Waits until a job has completed, failed or been cancelled, at most for a while.
   *
   * @throws JobNotFound when the project has none of that id
   */
  public void await(int project, JobId id, Duration longest) throws InterruptedException {
    long until = System.nanoTime() + longest.toNanos();
    JobFilter filter = JobFilter.of(project, Set.of(id));
    Standings.Standing standing = states.one(project, id);
    if (standing.job().state().status().isFinal()) {
      return;
    }
    try (Seats.Seat _ = seats.take(filter);
        Subscription subscription = subscribe(filter, standing.head().position())) {
      boolean ended = false;
      for (long left = longest.toNanos(); left > 0 && !ended; left = until - System.nanoTime()) {
        ended =
            subscription.take(Long.MAX_VALUE, Duration.ofNanos(left)).changes().stream()
                .anyMatch(change -> change.job().state().status().isFinal());
      }
    }
  }
}
