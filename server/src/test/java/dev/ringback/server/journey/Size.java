package dev.ringback.server.journey;

/** How much the tests with faults do: a little in {@code make test}, much in {@code make soak}. */
final class Size {
  private static final boolean SOAK = Boolean.getBoolean("ringback.soak");

  private Size() {}

  static int of(int small, int full) {
    return SOAK ? full : small;
  }
}
