package dev.ringback.server.api.read;

import dev.ringback.server.job.JobFilter;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import dev.ringback.v1.Job;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which jobs are asked for: the fields {@code status}, {@code label} and {@code id}. */
public final class FilterFields {
  private static final int MAX_IDS = 1_000;

  private FilterFields() {}

  /** The filter that all of the fields are. */
  public static JobFilter read(
      int project,
      List<Job.Status> statuses,
      List<String> labels,
      List<String> ids,
      Violations violations) {
    Set<JobStatus> ofStatus = statuses(statuses, violations);
    Map<String, String> ofLabels = labels(labels, violations);
    return new JobFilter(
        project, Set.copyOf(ids(ids, violations)), Map.copyOf(ofLabels), Set.copyOf(ofStatus));
  }

  private static Set<JobStatus> statuses(List<Job.Status> given, Violations violations) {
    Set<JobStatus> statuses = EnumSet.noneOf(JobStatus.class);
    for (Job.Status status : given) {
      switch (status) {
        case status_unspecified, UNRECOGNIZED ->
            violations.add(
                "status", "must be pending, running, completed, failed, cancelled or paused");
        default -> statuses.add(JobStatus.of(status.name()));
      }
    }
    return statuses;
  }

  /** Labels that jobs are to have: no more, and none other, than jobs can have. */
  private static Map<String, String> labels(List<String> given, Violations violations) {
    Map<String, String> labels = new HashMap<>();
    for (String label : given) {
      int split = label.indexOf('=');
      Optional<String> problem =
          split < 0
              ? Optional.of("must be key=value")
              : LabelFields.problem(label.substring(0, split), label.substring(split + 1));
      if (problem.isPresent()) {
        violations.add("label", problem.get());
        return Map.of();
      }
      String key = label.substring(0, split);
      String value = label.substring(split + 1);
      String other = labels.putIfAbsent(key, value);
      if (other != null && !other.equals(value)) {
        violations.add("label", "asks for two values of " + key + ": no job has both");
        return Map.of();
      }
      if (labels.size() > LabelFields.MOST) {
        violations.add("label", "must be at most " + LabelFields.MOST);
        return Map.of();
      }
    }
    return labels;
  }

  private static Set<JobId> ids(List<String> given, Violations violations) {
    if (given.size() > MAX_IDS) {
      violations.add("id", "must be at most " + MAX_IDS + " ids");
      return Set.of();
    }
    Set<JobId> ids = new HashSet<>();
    for (int i = 0; i < given.size(); i++) {
      Optional<JobId> job = JobId.parse(given.get(i));
      job.ifPresent(ids::add);
      if (job.isEmpty()) {
        violations.add("id[" + i + "]", "must be the id of a job, job_ and 26 characters");
      }
    }
    return ids;
  }
}
