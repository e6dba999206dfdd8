package dev.ringback.server.api.watch;

import dev.ringback.server.api.message.Messages;
import dev.ringback.server.api.read.ResumeToken;
import dev.ringback.server.job.Change;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobId;
import dev.ringback.server.store.job.Events;
import dev.ringback.v1.WatchMessage;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Tells one watcher, and keeps count of what it has been told.
 *
 * <p>Not thread-safe.
 */
final class Telling {
  /** A watch that is quiet for so long is told where it stands. */
  private static final Duration QUIET = Duration.ofSeconds(5);

  private final Outlet outlet;
  private final String filter;
  private final Set<Change.Type> types;
  private final InstantSource clock;

  private ResumeToken token;
  private long toldAt = System.nanoTime();

  /**
   * @param filter stands for the watch's filter in tokens
   * @param types of messages to tell; empty for all
   * @param token what had been told before
   */
  Telling(
      Outlet outlet,
      String filter,
      Set<Change.Type> types,
      InstantSource clock,
      ResumeToken token) {
    this.outlet = outlet;
    this.filter = filter;
    this.types = types;
    this.clock = clock;
    this.token = token;
  }

  private boolean tells(Change.Type type) {
    return types.isEmpty() || types.contains(type);
  }

  /** Tells how a job stood at the head of the feed. */
  void snapshot(Job job, Events.Head head, Optional<JobId> frontier) throws InterruptedException {
    token = ResumeToken.behind(head.position()).at(frontier);
    tell(Messages.snapshot(token.text(filter), head.at(), job));
  }

  /**
   * The states of jobs have been told as they were at a position.
   *
   * @param frontier the last of them; empty when all have been told
   */
  void states(long position, Optional<JobId> frontier) throws InterruptedException {
    token = token.at(frontier);
    reached(position);
  }

  /** Tells what of a change has not been told, and that all up to it has been told then. */
  void change(Change change) throws InterruptedException {
    long position = change.event().position();
    List<Change.Type> messages = change.told();
    for (int i = 0; i < messages.size(); i++) {
      if (token.hasTold(position, i) || !tells(messages.get(i))) {
        continue;
      }
      boolean last = i == messages.size() - 1;
      token =
          (last ? ResumeToken.behind(position) : new ResumeToken(position, i + 1, Optional.empty()))
              .at(token.frontier());
      tell(Messages.change(token.text(filter), change, messages.get(i)));
    }
  }

  /** All up to a position has been told; after a long silence, says so. */
  void reached(long position) throws InterruptedException {
    if (position >= token.position()) {
      token = ResumeToken.behind(position).at(token.frontier());
    }
    if (!untilCheckpoint().isPositive()) {
      checkpoint();
    }
  }

  /** How long until a checkpoint is due. */
  Duration untilCheckpoint() {
    return QUIET.minusNanos(System.nanoTime() - toldAt);
  }

  /** Tells where the watch stands. */
  void checkpoint() throws InterruptedException {
    tell(Messages.checkpoint(token.text(filter), clock.instant()));
  }

  private void tell(WatchMessage message) throws InterruptedException {
    outlet.tell(message);
    toldAt = System.nanoTime();
  }
}
