import dev.ringback.client.CreateJob;
import dev.ringback.client.Job;
import dev.ringback.client.RingbackClient;
import dev.ringback.client.Watch;
import dev.ringback.client.WatchMessage;
import java.time.Duration;

/** Watches a job from its creation to its end. */
final class WatchJob {
  public static void main(String[] args) {
    String target = System.getenv("RINGBACK_ENDPOINT") + "/healthz";
    try (var ringback = RingbackClient.create()) {
      Job job =
          ringback
              .jobs()
              .create(CreateJob.to(target).method("GET").delay(Duration.ofSeconds(3)));
      try (Watch watch = ringback.jobs().watch(job.id())) {
        for (WatchMessage message : watch) {
          System.out.println(
              message.at() + " " + message.type() + ": " + message.job().get().status());
        }
      }
    }
  }
}
