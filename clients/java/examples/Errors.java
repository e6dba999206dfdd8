import dev.ringback.client.CreateJob;
import dev.ringback.client.Reason;
import dev.ringback.client.RingbackClient;
import dev.ringback.client.RingbackException;

/** Handles what Ringback refuses. */
final class Errors {
  public static void main(String[] args) {
    try (var ringback = RingbackClient.create()) {
      ringback.jobs().create(CreateJob.to("nowhere").maxRetries(-1));
    } catch (RingbackException e) {
      if (e.reason() != Reason.INVALID_FIELDS) {
        throw e;
      }
      e.fieldViolations()
          .forEach(
              violation -> System.out.println(violation.field() + " " + violation.description()));
    }
  }
}
