package dev.ringback.client;

import java.util.List;

/**
 * One page of a list.
 *
 * @param items what it holds, in the list's order
 * @param nextPageToken the token of the next page; empty after the last
 */
public record Page<T>(List<T> items, String nextPageToken) {
  public Page {
    items = List.copyOf(items);
  }

  /** Whether another page follows. */
  public boolean hasNext() {
    return !nextPageToken.isEmpty();
  }
}
