package dev.ringback.server;

/** How the heap is shared out; the table in docs/architecture.md has the rest. */
final class Memory {
  private static final long EIGHTH = Runtime.getRuntime().maxMemory() / 8;

  /** For bodies that are too large to come with their claim. */
  static final long BODIES = EIGHTH;

  /** For calls of the API. */
  static final long CALLS = 2 * EIGHTH;

  /** For what is read for calls. */
  static final long READS = EIGHTH;

  /** For watches. */
  static final long WATCHES = 2 * EIGHTH;

  /** For what of the past is read for watches. */
  static final long PAST = EIGHTH;

  /** For large pages of how jobs stand, which are read for watches. */
  static final long PAGES = EIGHTH / 2;

  /** For the changes that are kept for watches. */
  static final long CHANGES = EIGHTH / 2;

  private Memory() {}
}
