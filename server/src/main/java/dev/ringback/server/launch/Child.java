package dev.ringback.server.launch;

import java.util.List;
import java.util.Set;

/**
 * Starts programs without our environment, which holds keys and passwords: whoever may read this
 * user's processes in /proc reads their environment too.
 */
final class Child {
  /** What a program needs to find others, its libraries, and a place for temporary files. */
  private static final Set<String> KEPT = Set.of("PATH", "LD_LIBRARY_PATH", "TMPDIR");

  private Child() {}

  static ProcessBuilder of(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().retainAll(KEPT);
    return builder;
  }

  static ProcessBuilder of(String... command) {
    return of(List.of(command));
  }
}
