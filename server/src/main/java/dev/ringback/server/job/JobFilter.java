package dev.ringback.server.job;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * Which jobs of a project somebody asks for: those that each of its parts lets through. A part that
 * is empty lets all through.
 *
 * @param ids the job is one of these
 * @param labels it has all of these
 * @param statuses it has one of these
 */
public record JobFilter(
    int projectId, Set<JobId> ids, Map<String, String> labels, Set<JobStatus> statuses) {
  /** All jobs of a project. */
  public static JobFilter all(int projectId) {
    return new JobFilter(projectId, Set.of(), Map.of(), Set.of());
  }

  /** Certain jobs of a project. */
  public static JobFilter of(int projectId, Set<JobId> ids) {
    return new JobFilter(projectId, ids, Map.of(), Set.of());
  }

  /** Whether it lets a job through as it stands. */
  public boolean passes(Job job) {
    return (ids.isEmpty() || ids.contains(job.id()))
        && (statuses.isEmpty() || statuses.contains(job.state().status()))
        && job.spec().labels().entrySet().containsAll(labels.entrySet());
  }

  /**
   * The filter as a text, the same in whatever order its parts were given, for the tokens that are
   * only good for it.
   */
  public String text() {
    StringJoiner terms = new StringJoiner(" ");
    terms.add("project:" + projectId);
    if (!statuses.isEmpty()) {
      terms.add("status:" + sorted(statuses.stream().map(JobStatus::word).toList()));
    }
    new TreeMap<>(labels).forEach((key, value) -> terms.add("label." + key + ":" + quoted(value)));
    if (!ids.isEmpty()) {
      terms.add("id:" + sorted(ids.stream().map(JobId::toString).toList()));
    }
    return terms.toString();
  }

  private static String sorted(Collection<String> words) {
    return String.join(",", words.stream().sorted().toList());
  }

  private static String quoted(String value) {
    return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
