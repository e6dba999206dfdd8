package dev.ringback.server.refusal;

import java.util.List;

/** The request itself is wrong: it is refused as long as it stays the same. */
public abstract sealed class Invalid extends Refusal {
  private Invalid(String words) {
    super(words);
  }

  /** Fields are wrong; each is listed. */
  public static final class InvalidFields extends Invalid {
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

  /** A body is packed where it must not be. */
  public static final class UnsupportedEncoding extends Invalid {
    private final String encoding;

    public UnsupportedEncoding(String encoding) {
      super("content-encoding: must be identity, not " + encoding + ": send the body as it is");
      this.encoding = encoding;
    }

    public String encoding() {
      return encoding;
    }
  }

  /** The past that is asked for is no longer kept. */
  public static final class TooOld extends Invalid {
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
}
