import dev.ringback.client.Job;
import dev.ringback.client.ListJobs;
import dev.ringback.client.Page;
import dev.ringback.client.RingbackClient;

/** Lists jobs: one after the other, or page by page. */
final class ListAll {
  public static void main(String[] args) {
    try (var ringback = RingbackClient.create()) {
      // Reads further pages as the loop gets there.
      for (Job job : ringback.jobs().list(ListJobs.all().status(Job.Status.PENDING))) {
        System.out.println(job.id() + " " + job.url() + " " + job.nextRunAt().get());
      }
      Page<Job> page = ringback.jobs().list(ListJobs.all().pageSize(10)).first();
      System.out.println(
          page.items().size() + " jobs; more with pageToken " + page.nextPageToken());
    }
  }
}
