package dev.ringback.server.refusal;

/** Why a call is not served, with all that its caller may know of it. */
public abstract sealed class Refusal extends RuntimeException
    permits Conflict, Denied, Exhausted, Invalid, Late, NotFound {
  private final String words;

  Refusal(String words) {
    // No stack trace: it says nothing of the caller, and a bad request must be cheap.
    super(words, null, true, false);
    this.words = words;
  }

  /** What to tell the caller. */
  public final String words() {
    return words;
  }
}
