package dev.ringback.server.api;

import dev.ringback.server.refusal.Invalid.InvalidFields;
import dev.ringback.server.refusal.Violation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Gathers what is wrong with a request, so that its sender learns all of it at once. */
final class Violations {
  private static final int MAX_FIELD = 100;
  private static final int MAX_DESCRIPTION = 500;
  private static final int MAX_UNREAD = 100;

  /**
   * What all violations may cost. An error travels in HTTP/2 trailers, thrice: as the message,
   * whose bytes beyond visible ASCII take three, and in base64 as the message and the details of
   * the google.rpc.Status. Many clients take no more than 8 KiB of trailers and would see a broken
   * stream instead.
   */
  private static final int MAX_COST = 2_000;

  private final Map<String, String> names;
  private final List<Violation> violations = new ArrayList<>();
  private final Set<String> unread = new HashSet<>();
  private String within = "";
  private int count;
  private int cost;
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

  /** The fields noted from now on are parts of this one, such as {@code requests[3]}. */
  void within(String field) {
    within = field + ".";
  }

  /** Notes that a field is wrong, and what is right; not any more when there are very many. */
  void add(String field, String description) {
    String name = within + names.getOrDefault(field, field);
    if (isUnread(name)) {
      return;
    }
    count++;
    var violation =
        new Violation(shortened(name, MAX_FIELD), shortened(description, MAX_DESCRIPTION));
    cost += cost(violation.field()) + cost(violation.description()) + 10;
    if (violations.isEmpty() || cost <= MAX_COST) {
      violations.add(violation);
    }
  }

  /**
   * Notes that what a field holds could not even be read. What is found wrong with it, or with its
   * parts, from now on is not: it is not what was sent.
   */
  void addUnread(String field, String description) {
    add(field, description);
    if (unread.size() < MAX_UNREAD) {
      unread.add(within + field);
    }
  }

  private boolean isUnread(String field) {
    return unread.stream()
        .anyMatch(one ->
            field.startsWith(one)
                && (field.length() == one.length()
                    || ".[".indexOf(field.charAt(one.length())) >= 0));
  }

  /** Whether nothing was noted. */
  boolean isEmpty() {
    return violations.isEmpty();
  }

  private static String shortened(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most) + "…";
  }

  private static int cost(String text) {
    return text.chars().map(c -> c >= ' ' && c < 127 && c != '%' ? 1 : 6).sum();
  }

  /** Notes that a field has too many bytes. */
  void addTooLarge(String field, String description) {
    tooLarge = true;
    add(field, description);
  }

  /** Throws when anything was wrong. */
  void check() {
    if (!violations.isEmpty()) {
      List<Violation> listed = new ArrayList<>(violations);
      int unlisted = count - listed.size();
      if (unlisted > 0) {
        listed.add(
            new Violation("request", "has %d further violations, not listed".formatted(unlisted)));
      }
      throw new InvalidFields(listed, tooLarge && count == 1);
    }
  }
}
