package dev.ringback.client.webhook;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Where secrets come from, and how often.
 *
 * @param secrets answers those that sign now; may fail
 * @param after how old they become before they are asked for again
 * @param onError is told when that fails
 */
record Refresh(
    Supplier<List<String>> secrets, Duration after, Consumer<? super Exception> onError) {
  Refresh {
    if (!after.isPositive()) {
      throw new IllegalArgumentException("refreshAfter must be positive");
    }
  }

  /** The hook's own failure changes nothing. */
  void tell(Exception failure) {
    try {
      onError.accept(failure);
    } catch (RuntimeException | AssertionError e) {
      // It is there to look on, and has nobody to tell.
    }
  }
}
