package dev.ringback.server.api;

import dev.ringback.server.api.read.Violations;
import dev.ringback.server.job.Change;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.refusal.NotFound.JobNotFound;
import dev.ringback.server.watch.Filter;
import dev.ringback.v1.WatchJobRequest;
import dev.ringback.v1.WatchJobsRequest;
import dev.ringback.v1.WatchMessage;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Reads the calls that watch jobs. */
final class WatchReader {
  static final int MAX_IDS = 1_000;

  private static final String LAST_EVENT_ID = "last-event-id";

  private WatchReader() {}

  static Watches.Wanted read(WatchJobRequest request, CallContext call) {
    JobId job = JobId.parse(request.getId()).orElseThrow(() -> new JobNotFound(request.getId()));
    Violations violations = new Violations();
    String text = "job " + job;
    Optional<ResumeToken> resume =
        ResumeToken.read(token(request.getResumeToken(), call, violations), text, violations);
    violations.check();
    return new Watches.Wanted(Filter.of(call.projectId(), job), Set.of(), text, resume);
  }

  static Watches.Wanted read(WatchJobsRequest request, CallContext call) {
    Violations violations = new Violations();
    Set<JobStatus> statuses = JobApi.statuses(request.getStatusList(), violations);
    Map<String, String> labels = JobApi.labels(request.getLabelList(), violations);
    Set<JobId> jobs = jobs(request.getIdList(), violations);
    Set<Change.Type> types = types(request.getTypeList(), violations);
    // Whatever the order in which a filter is given, it is the same filter.
    String text =
        "jobs "
            + call.projectId()
            + statuses
            + new TreeMap<>(labels)
            + jobs.stream().map(JobId::toString).sorted().toList()
            + types;
    Optional<ResumeToken> resume =
        ResumeToken.read(token(request.getResumeToken(), call, violations), text, violations);
    violations.check();
    return new Watches.Wanted(
        new Filter(call.projectId(), jobs, labels, statuses), types, text, resume);
  }

  /**
   * An EventSource that resumes sends the URL it began with, and the id of the last event beside.
   */
  private static String token(String given, CallContext call, Violations violations) {
    String last = call.header(LAST_EVENT_ID, violations);
    return last.isEmpty() ? given : last;
  }

  private static Set<JobId> jobs(List<String> given, Violations violations) {
    if (given.size() > MAX_IDS) {
      violations.add("id", "must be at most " + MAX_IDS + " ids");
      return Set.of();
    }
    Set<JobId> jobs = new LinkedHashSet<>();
    for (int i = 0; i < given.size(); i++) {
      Optional<JobId> job = JobId.parse(given.get(i));
      job.ifPresent(jobs::add);
      if (job.isEmpty()) {
        violations.add("id[" + i + "]", "must be the id of a job, job_ and 26 characters");
      }
    }
    return jobs;
  }

  private static Set<Change.Type> types(List<WatchMessage.Type> given, Violations violations) {
    Set<Change.Type> types = EnumSet.noneOf(Change.Type.class);
    for (WatchMessage.Type type : given) {
      switch (type) {
        case type_unspecified, UNRECOGNIZED ->
            violations.add("type", "must be a type of message, such as job_failed");
        default -> types.add(Change.Type.of(type.name()));
      }
    }
    return types;
  }
}
