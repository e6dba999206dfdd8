package dev.ringback.client;

import dev.ringback.v1.WatchJobsRequest;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Which jobs to watch, and what of them.
 *
 * <p>Never changes: each method answers a new one.
 */
public final class WatchJobs {
  private final WatchJobsRequest message;

  private WatchJobs(WatchJobsRequest message) {
    this.message = message;
  }

  /** All changes of the project. */
  public static WatchJobs all() {
    return new WatchJobs(WatchJobsRequest.getDefaultInstance());
  }

  private WatchJobs with(Consumer<WatchJobsRequest.Builder> change) {
    WatchJobsRequest.Builder builder = message.toBuilder();
    change.accept(builder);
    return new WatchJobs(builder.build());
  }

  /** Only changes after which the job has one of these statuses. */
  public WatchJobs status(Job.Status... statuses) {
    return with(watch -> {
      for (Job.Status status : statuses) {
        watch.addStatus(Words.status(status));
      }
    });
  }

  /** Only jobs with this label; of several, with all. */
  public WatchJobs label(String key, String value) {
    return with(watch -> watch.addLabel(key + "=" + value));
  }

  /** Only these jobs, at most 1,000. */
  public WatchJobs id(String... ids) {
    return with(watch -> watch.addAllId(List.of(ids)));
  }

  /**
   * Only messages of these types; without snapshots the watch begins with the changes from now on.
   */
  public WatchJobs type(WatchMessage.Type... types) {
    return with(watch -> watch.addAllType(Arrays.stream(types).map(Words::type).toList()));
  }

  WatchJobsRequest message() {
    return message;
  }
}
