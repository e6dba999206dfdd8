package dev.ringback.server.watch;

import dev.ringback.server.job.Change;
import dev.ringback.server.job.Event;
import dev.ringback.server.job.JobFilter;
import dev.ringback.server.job.JobId;
import java.util.List;

/** Finds the changes of the jobs that a filter lets through, as they stand after the change. */
record Matcher(JobFilter filter) {
  /** What is shared by events and by those who want to be told of them. */
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
    long bytes = (long) JOB * filter.ids().size();
    for (var label : filter.labels().entrySet()) {
      bytes += LABEL + 4L * (label.getKey().length() + label.getValue().length());
    }
    return bytes;
  }

  /**
   * Where to look for what the filter lets through: every such change is of one of these topics.
   */
  List<Topic> topics() {
    if (!filter.ids().isEmpty()) {
      return filter.ids().stream().<Topic>map(Topic.OfJob::new).toList();
    }
    int project = filter.projectId();
    return filter.labels().entrySet().stream()
        .findAny()
        .<List<Topic>>map(
            label -> List.of(new Topic.OfLabel(project, label.getKey(), label.getValue())))
        .orElseGet(() -> List.of(new Topic.OfProject(project)));
  }

  /** Whether the filter may let an event's job through, as far as the event itself tells. */
  boolean mayPass(Event event) {
    return event.projectId() == filter.projectId()
        && (filter.ids().isEmpty() || filter.ids().contains(event.job()));
  }

  /** Whether it lets the job of a change through, whose event may pass. */
  boolean passes(Change change) {
    return filter.passes(change.job());
  }
}
