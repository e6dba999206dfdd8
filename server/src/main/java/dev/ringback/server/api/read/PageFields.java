package dev.ringback.server.api.read;

import java.util.Optional;

/**
 * Which page of a list is asked for.
 *
 * @param list what is listed, in a text: a page's token is good for no other
 * @param size how many items at most
 * @param after the end of the page before; empty for the first page
 */
public record PageFields(String list, int size, Optional<PageToken> after) {
  private static final int DEFAULT_SIZE = 50;
  private static final int MAX_SIZE = 500;

  /** Reads {@code page_size} and {@code page_token}. */
  public static PageFields read(String list, int size, String token, Violations violations) {
    if (size < 0) {
      violations.add("page_size", "must not be negative");
    }
    // More than the maximum means the maximum (AIP-158).
    return new PageFields(
        list,
        size == 0 ? DEFAULT_SIZE : Math.min(size, MAX_SIZE),
        PageToken.read(token, list, violations));
  }
}
