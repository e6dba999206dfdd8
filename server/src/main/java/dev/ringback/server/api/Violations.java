package dev.ringback.server.api;

import dev.ringback.server.job.RefusedException.InvalidFields;
import dev.ringback.server.job.RefusedException.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Gathers what is wrong with a request, so that its sender learns all of it at once. */
final class Violations {
  /** More than this tell nobody anything. */
  private static final int MAX = 50;

  private final Map<String, String> names;
  private final List<Violation> violations = new ArrayList<>();
  private boolean tooLarge;

  Violations() {
    this(Map.of());
  }

  /**
   * For a request whose fields come under other names.
   *
   * @param names what a field is called there; a field that is missing has its own name
   */
  Violations(Map<String, String> names) {
    this.names = names;
  }

  /** Notes that a field is wrong, and what is right. */
  void add(String field, String description) {
    if (violations.size() < MAX) {
      violations.add(new Violation(names.getOrDefault(field, field), description));
    }
  }

  /** Notes that a field has too many bytes. */
  void addTooLarge(String field, String description) {
    tooLarge = true;
    add(field, description);
  }

  /** Throws when anything was wrong. */
  void check() {
    if (!violations.isEmpty()) {
      throw new InvalidFields(violations, tooLarge && violations.size() == 1);
    }
  }
}
