package dev.ringback.server.refusal;

/** Too much is in hand at this moment: the same call may be served a little later. */
public abstract sealed class Exhausted extends Refusal {
  private Exhausted(String words) {
    super(words);
  }

  /** By this node. */
  public static final class Overloaded extends Exhausted {
    public Overloaded(String words) {
      super(words);
    }
  }

  /** By the caller's project, which has as much in hand as it may. */
  public static final class TooMuch extends Exhausted {
    public TooMuch(String words) {
      super(words);
    }
  }
}
