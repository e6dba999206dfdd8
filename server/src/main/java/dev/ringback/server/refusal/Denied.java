package dev.ringback.server.refusal;

/** The caller is not known, or may not do this. */
public abstract sealed class Denied extends Refusal {
  private Denied(String words) {
    super(words);
  }

  /** No key was sent, or none that is valid. */
  public static final class InvalidApiKey extends Denied {
    public InvalidApiKey() {
      super("a valid API key is needed: Authorization: Bearer KEY");
    }
  }
}
