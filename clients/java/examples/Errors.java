import dev.ringback.client.CreateJob;
import dev.ringback.client.RingbackClient;
import dev.ringback.client.RingbackException;
import dev.ringback.v1.ErrorReason;

/** Handles what Ringback refuses. */
final class Errors {
  public static void main(String[] args) {
    try (var ringback = RingbackClient.create()) {
      ringback.jobs().create(CreateJob.to("nowhere").maxRetries(-1));
    } catch (RingbackException e) {
      if (!e.is(ErrorReason.INVALID_FIELDS)) {
        throw e;
      }
      e.fieldViolations()
          .forEach(violation -> System.out.println(violation.field() + " " + violation.description()));
    }
  }
}
