package dev.ringback.server.refusal;

/** The caller took too long. */
public abstract sealed class Late extends Refusal {
  private Late(String words) {
    super(words);
  }

  /** A request did not come in time. */
  public static final class TooSlow extends Late {
    public TooSlow() {
      super("the request did not come in time");
    }
  }

  /** A watcher did not take what it was told for so long that it can't be kept for it. */
  public static final class WatcherTooSlow extends Late {
    public WatcherTooSlow() {
      super("the watcher is too slow; resume with the token of the last message");
    }
  }
}
