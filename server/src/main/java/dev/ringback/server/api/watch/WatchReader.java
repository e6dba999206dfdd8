package dev.ringback.server.api.watch;

import dev.ringback.server.api.call.CallContext;
import dev.ringback.server.api.read.FilterFields;
import dev.ringback.server.api.read.IdField;
import dev.ringback.server.api.read.ResumeToken;
import dev.ringback.server.api.read.Violations;
import dev.ringback.server.job.Change;
import dev.ringback.server.job.JobFilter;
import dev.ringback.server.job.JobId;
import dev.ringback.v1.WatchJobRequest;
import dev.ringback.v1.WatchJobsRequest;
import dev.ringback.v1.WatchMessage;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads the calls that watch jobs. */
final class WatchReader {
  private static final String LAST_EVENT_ID = "last-event-id";

  private WatchReader() {}

  static Watches.Wanted read(WatchJobRequest request, CallContext call) {
    JobId job = IdField.job(request.getId());
    Violations violations = new Violations();
    JobFilter filter = JobFilter.of(call.projectId(), Set.of(job));
    String text = "job " + filter.text();
    Optional<ResumeToken> resume =
        ResumeToken.read(token(request.getResumeToken(), call, violations), text, violations);
    violations.check();
    return new Watches.Wanted(filter, Set.of(), text, resume);
  }

  static Watches.Wanted read(WatchJobsRequest request, CallContext call) {
    Violations violations = new Violations();
    JobFilter filter =
        FilterFields.read(
            call.projectId(),
            request.getStatusList(),
            request.getLabelList(),
            request.getIdList(),
            violations);
    Set<Change.Type> types = types(request.getTypeList(), violations);
    String text = "jobs " + filter.text() + types;
    Optional<ResumeToken> resume =
        ResumeToken.read(token(request.getResumeToken(), call, violations), text, violations);
    violations.check();
    return new Watches.Wanted(filter, types, text, resume);
  }

  /**
   * An EventSource that resumes sends the URL it began with, and the id of the last event beside.
   */
  private static String token(String given, CallContext call, Violations violations) {
    String last = call.header(LAST_EVENT_ID, violations);
    return last.isEmpty() ? given : last;
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
