package dev.ringback.server;

/** How much tests do: a little in {@code make test}, much in {@code make soak}. */
public final class Size {
  private static final boolean SOAK = Boolean.getBoolean("ringback.soak");

  private Size() {}

  public static boolean isFull() {
    return SOAK;
  }

  public static int of(int small, int full) {
    return SOAK ? full : small;
  }
}
