import dev.ringback.client.CreateJob;
import dev.ringback.client.Job;
import dev.ringback.client.RingbackClient;
import java.time.Duration;

/** Creates a job that is called a minute from now. */
final class Create {
  public static void main(String[] args) {
    try (var ringback = RingbackClient.create()) { // by RINGBACK_ENDPOINT and RINGBACK_API_KEY
      Job job =
          ringback
              .jobs()
              .create(
                  CreateJob.to("https://example.com/api/send-reminder")
                      .json("{\"userId\": \"user_123\"}")
                      .delay(Duration.ofMinutes(1))
                      .label("team", "billing"));
      System.out.println(job.id() + " is " + job.status() + " until " + job.nextRunAt().get());
    }
  }
}
