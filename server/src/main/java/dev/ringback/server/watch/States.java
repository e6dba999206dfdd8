package dev.ringback.server.watch;

import dev.ringback.server.job.JobFilter;
import dev.ringback.server.job.JobId;
import dev.ringback.server.refusal.NotFound.JobNotFound;
import dev.ringback.server.store.job.Events;
import dev.ringback.server.store.job.Jobs;
import dev.ringback.server.store.job.Standings;
import java.util.Optional;

/**
 * How jobs stand, which watchers are told before what happens next: read in turns with the {@link
 * Past}.
 *
 * <p>Thread-safe.
 */
public final class States {
  /** How many jobs are read at a time. */
  private static final int PAGE = 200;

  private final Past past;
  private final Jobs jobs;
  private final Standings standings;
  private final Events events;

  /**
   * @param jobs and standings are read on connections of their own, so that many watchers keep
   *     nobody else waiting
   * @param events in the same way
   */
  public States(Past past, Jobs jobs, Standings standings, Events events) {
    this.past = past;
    this.jobs = jobs;
    this.standings = standings;
    this.events = events;
  }

  /** How far the feed reaches. */
  public Events.Head head(int project) throws InterruptedException {
    return past.query(project, events::head);
  }

  /**
   * How a job stands.
   *
   * @throws JobNotFound when the project has none of that id
   */
  public Standings.Standing one(int project, JobId id) throws InterruptedException {
    return past.query(project, () -> standings.standing(project, id));
  }

  /**
   * How some of the jobs stand that a filter lets through, newest first.
   *
   * @param before those that are older than this job
   * @param bytes how much is read, unless it is one job
   */
  public Standings.Snapshot page(JobFilter filter, Optional<JobId> before, long bytes)
      throws InterruptedException {
    return past.query(filter.projectId(), () -> standings.snapshot(filter, before, PAGE, bytes));
  }

  /**
   * Sees to it that a project has all jobs that a filter names.
   *
   * @throws JobNotFound of the first that it has not
   */
  public void require(JobFilter filter) throws InterruptedException {
    if (!filter.ids().isEmpty()) {
      past.query(filter.projectId(), () -> jobs.require(filter.projectId(), filter.ids()));
    }
  }
}
