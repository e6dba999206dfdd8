package dev.ringback.client;

import dev.ringback.v1.ListJobsRequest;
import java.util.function.Consumer;

/**
 * Which jobs to list.
 *
 * <p>Never changes: each method answers a new one.
 */
public final class ListJobs {
  private final ListJobsRequest message;

  private ListJobs(ListJobsRequest message) {
    this.message = message;
  }

  /** All of the project. */
  public static ListJobs all() {
    return new ListJobs(ListJobsRequest.getDefaultInstance());
  }

  private ListJobs with(Consumer<ListJobsRequest.Builder> change) {
    ListJobsRequest.Builder builder = message.toBuilder();
    change.accept(builder);
    return new ListJobs(builder.build());
  }

  /** Only with one of these statuses. */
  public ListJobs status(Job.Status... statuses) {
    return with(list -> {
      for (Job.Status status : statuses) {
        list.addStatus(Words.status(status));
      }
    });
  }

  /** Only with this label; of several, with all. */
  public ListJobs label(String key, String value) {
    return with(list -> list.addLabel(key + "=" + value));
  }

  /** How many jobs a page may hold, up to 500; more means 500. Default 50. */
  public ListJobs pageSize(int pageSize) {
    return with(list -> list.setPageSize(pageSize));
  }

  /**
   * Begins with a later page: the {@link Page#nextPageToken} of the one before, of the same filter.
   */
  public ListJobs pageToken(String token) {
    return with(list -> list.setPageToken(token));
  }

  ListJobsRequest message() {
    return message;
  }
}
