import dev.ringback.client.CreateJob;
import dev.ringback.client.Job;
import dev.ringback.client.RingbackClient;
import java.time.Duration;

/** Waits for a job to end. */
final class Await {
  public static void main(String[] args) {
    String target = System.getenv("RINGBACK_ENDPOINT") + "/healthz";
    try (var ringback = RingbackClient.create()) {
      Job job =
          ringback
              .jobs()
              .create(CreateJob.to(target).method("GET").delay(Duration.ofSeconds(1)));
      job = ringback.jobs().await(job.id(), Duration.ofMinutes(1));
      System.out.println(
          job.id() + " is " + job.status() + ": " + job.lastAttempt().get().statusCode().getAsInt());
    }
  }
}
