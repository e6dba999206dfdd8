package dev.ringback.server.api.read;

import dev.ringback.server.refusal.Invalid.InvalidFields;
import dev.ringback.server.refusal.Violation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Gathers what is wrong with a request, so that its sender learns all of it at once.
 *
 * <p>Not thread-safe.
 */
public final class Violations {
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

  /** What stands before the name of each field. */
  private final String path;

  private final Found found;

  /** What was found, wherever in the request. */
  private static final class Found {
    private final List<Violation> violations = new ArrayList<>();
    private final Set<String> unread = new HashSet<>();
    private int count;
    private int cost;
    private boolean tooLarge;
  }

  public Violations() {
    this("", new Found());
  }

  private Violations(String path, Found found) {
    this.path = path;
    this.found = found;
  }

  /** The same for the fields of a part of the request, such as {@code requests[3]}. */
  public Violations within(String field) {
    return new Violations(path + field + ".", found);
  }

  /** Notes that a field is wrong, and what is right; not any more when there are very many. */
  public void add(String field, String description) {
    String name = path + field;
    if (isUnread(name)) {
      return;
    }
    found.count++;
    var violation =
        new Violation(shortened(name, MAX_FIELD), shortened(description, MAX_DESCRIPTION));
    found.cost += cost(violation.field()) + cost(violation.description()) + 10;
    if (found.violations.isEmpty() || found.cost <= MAX_COST) {
      found.violations.add(violation);
    }
  }

  /**
   * Notes that what a field holds could not even be read. What is found wrong with it, or with its
   * parts, from now on is not: it is not what was sent.
   */
  public void addUnread(String field, String description) {
    add(field, description);
    if (found.unread.size() < MAX_UNREAD) {
      found.unread.add(path + field);
    }
  }

  /** Notes that a field has too many bytes. */
  public void addTooLarge(String field, String description) {
    found.tooLarge = true;
    add(field, description);
  }

  private boolean isUnread(String name) {
    return found.unread.stream()
        .anyMatch(one ->
            name.startsWith(one)
                && (name.length() == one.length() || ".[".indexOf(name.charAt(one.length())) >= 0));
  }

  /** Whether nothing was noted. */
  public boolean isEmpty() {
    return found.violations.isEmpty();
  }

  private static String shortened(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most) + "…";
  }

  private static int cost(String text) {
    return text.chars().map(c -> c >= ' ' && c < 127 && c != '%' ? 1 : 6).sum();
  }

  /** Throws when anything was wrong. */
  public void check() {
    if (!isEmpty()) {
      List<Violation> listed = new ArrayList<>(found.violations);
      int unlisted = found.count - listed.size();
      if (unlisted > 0) {
        listed.add(
            new Violation("request", "has %d further violations, not listed".formatted(unlisted)));
      }
      throw new InvalidFields(listed, found.tooLarge && found.count == 1);
    }
  }
}
