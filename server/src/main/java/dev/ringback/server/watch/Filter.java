package dev.ringback.server.watch;

import dev.ringback.server.job.Change;
import dev.ringback.server.job.Event;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which changes somebody wants to be told of. An empty set means all.
 *
 * @param labels all of them must match
 * @param statuses the job must have one of them after the change
 */
public record Filter(
    int project, Set<JobId> jobs, Map<String, String> labels, Set<JobStatus> statuses) {
  /** What events share with those who want to be told of them. */
  sealed interface Topic {
    record OfJob(JobId job) implements Topic {}

    record OfLabel(int project, String key, String value) implements Topic {}

    record OfProject(int project) implements Topic {}
  }

  /** A job among those that are wanted: its id, and where it stands as a topic. */
  private static final int JOB = 320;

  private static final int LABEL = 160;

  /** About how many bytes the filter takes in memory. */
  long bytes() {
    long bytes = (long) JOB * jobs.size();
    for (var label : labels.entrySet()) {
      bytes += LABEL + 4L * (label.getKey().length() + label.getValue().length());
    }
    return bytes;
  }

  /** All changes of one job. */
  public static Filter of(int project, JobId job) {
    return new Filter(project, Set.of(job), Map.of(), Set.of());
  }

  /** Where to look for what the filter lets through: every such change has one of these topics. */
  List<Topic> topics() {
    if (!jobs.isEmpty()) {
      return jobs.stream().<Topic>map(Topic.OfJob::new).toList();
    }
    return labels.entrySet().stream()
        .findAny()
        .<List<Topic>>map(
            label -> List.of(new Topic.OfLabel(project, label.getKey(), label.getValue())))
        .orElseGet(() -> List.of(new Topic.OfProject(project)));
  }

  /** Whether the filter may let an event through, as far as the event itself tells. */
  boolean mayPass(Event event) {
    return event.projectId() == project && (jobs.isEmpty() || jobs.contains(event.job()));
  }

  /** Whether the filter lets a change through whose event may pass. */
  boolean passes(Change change) {
    return (statuses.isEmpty() || statuses.contains(change.job().state().status()))
        && change.job().spec().labels().entrySet().containsAll(labels.entrySet());
  }
}
