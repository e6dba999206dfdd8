package dev.ringback.server.job;

import java.time.Instant;
import java.util.List;
import java.util.Set;

/** A call that its caller made wrongly, with all that the caller may know of why. */
public abstract sealed class RefusedException extends RuntimeException {
  private final String words;

  private RefusedException(String words) {
    // No stack trace: it says nothing of the caller, and a bad request must be cheap.
    super(words, null, true, false);
    this.words = words;
  }

  /** What to tell the caller. */
  public String words() {
    return words;
  }

  /** One field that is wrong, and what is right. */
  public record Violation(String field, String description) {}

  /** Fields are wrong; each is listed. */
  public static final class InvalidFields extends RefusedException {
    private final List<Violation> violations;
    private final boolean onlyTooLarge;

    /**
     * Lists the violations.
     *
     * @param onlyTooLarge whether all that is wrong is that the body has too many bytes
     */
    public InvalidFields(List<Violation> violations, boolean onlyTooLarge) {
      super(
          String.join(
              "; ", violations.stream().map(v -> v.field() + ": " + v.description()).toList()));
      this.violations = List.copyOf(violations);
      this.onlyTooLarge = onlyTooLarge;
    }

    public boolean isOnlyTooLarge() {
      return onlyTooLarge;
    }

    public List<Violation> violations() {
      return violations;
    }
  }

  /** No such job in the caller's project. */
  public static final class JobNotFound extends RefusedException {
    private static final int MAX_ID = 50;

    private final String id;

    /**
     * Takes note of the id.
     *
     * @param id as the caller gave it; of a text that is no id, and may be of any length, the
     *     beginning is kept
     */
    public JobNotFound(String id) {
      super("no job " + shortened(id) + " in this project");
      this.id = shortened(id);
    }

    private static String shortened(String id) {
      return id.length() <= MAX_ID ? id : id.substring(0, MAX_ID) + "…";
    }

    public String id() {
      return id;
    }
  }

  /** The idempotency key stands for another job. */
  public static final class IdempotencyKeyReused extends RefusedException {
    private final JobId job;

    public IdempotencyKeyReused(JobId job) {
      super("the idempotency key was used with other content, for " + job);
      this.job = job;
    }

    public JobId job() {
      return job;
    }
  }

  /** The job has ended in another way. */
  public static final class JobEnded extends RefusedException {
    private final JobId job;
    private final JobStatus status;

    public JobEnded(JobId job, JobStatus status) {
      super(job + " has " + status.word() + " and can't be cancelled any more");
      this.job = job;
      this.status = status;
    }

    public JobId job() {
      return job;
    }

    public JobStatus status() {
      return status;
    }
  }

  /** The database can't be reached, or can't do what is asked, at this moment. */
  public static final class DatabaseUnavailable extends RefusedException {
    public DatabaseUnavailable() {
      super("the database can't serve this at this moment; try again");
    }
  }

  /** Too much is in hand. */
  public static final class Overloaded extends RefusedException {
    public Overloaded(String message) {
      super(message);
    }
  }

  /** Nothing is at a path. */
  public static final class NoSuchPath extends RefusedException {
    private static final int MAX_PATH = 256;

    public NoSuchPath(String method, String path) {
      super(
          "there is no "
              + method
              + " "
              + (path.length() <= MAX_PATH ? path : path.substring(0, MAX_PATH) + "…"));
    }
  }

  /** What is at a path has no such method. */
  public static final class MethodNotAllowed extends RefusedException {
    private final Set<String> allowed;

    /**
     * Takes note of what can be called.
     *
     * @param allowed the methods that are there
     */
    public MethodNotAllowed(String method, Set<String> allowed) {
      super(method + " is not allowed here, but " + String.join(", ", allowed));
      this.allowed = allowed;
    }

    public Set<String> allowed() {
      return allowed;
    }
  }

  /** A body is packed where it must not be. */
  public static final class UnsupportedEncoding extends RefusedException {
    private final String encoding;

    public UnsupportedEncoding(String encoding) {
      super("content-encoding: must be identity, not " + encoding + ": send the body as it is");
      this.encoding = encoding;
    }

    public String encoding() {
      return encoding;
    }
  }

  /** The project has as many signing secrets as may sign at a time. */
  public static final class TooManySigningSecrets extends RefusedException {
    private final Instant nextExpiry;

    /**
     * Takes note of what can be waited for.
     *
     * @param nextExpiry when the next of them expires
     */
    public TooManySigningSecrets(Instant nextExpiry) {
      super(
          "%d signing secrets are in use; the next expires at %s, and an overlap of 0s ends all at once"
              .formatted(SigningSecret.MOST, nextExpiry));
      this.nextExpiry = nextExpiry;
    }

    public Instant nextExpiry() {
      return nextExpiry;
    }
  }

  /** The past that is asked for is no longer kept. */
  public static final class TooOld extends RefusedException {
    private final long horizon;

    /**
     * Takes note of what is still kept.
     *
     * @param horizon the oldest position in the feed of events that can be gone on from
     */
    public TooOld(long horizon) {
      super("the resume token is too old: what followed it is no longer kept; begin without one");
      this.horizon = horizon;
    }

    public long horizon() {
      return horizon;
    }
  }

  /** A watcher did not take what it was told for so long that it can't be kept for it. */
  public static final class WatcherTooSlow extends RefusedException {
    public WatcherTooSlow() {
      super("the watcher is too slow; resume with the token of the last message");
    }
  }

  /** The project has as much in hand as it may. */
  public static final class TooMuch extends RefusedException {
    public TooMuch(String words) {
      super(words);
    }
  }

  /** A request did not come in time. */
  public static final class TooSlow extends RefusedException {
    public TooSlow() {
      super("the request did not come in time");
    }
  }
}
