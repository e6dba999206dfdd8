package dev.ringback.client;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * A try that failed and will be made again; see {@link RingbackClient.Builder#onRetry}.
 *
 * @param call the call's name, such as {@code CreateJob} or {@code WatchJobs}
 * @param attempt the number of the try that failed, from 1; of a watch and of {@link Jobs#await},
 *     since it last heard something
 * @param delay how long until the next try
 * @param error why it failed
 */
public record Retry(String call, int attempt, Duration delay, RingbackException error) {
  /** Tells a hook, whose own failure must not become the call's. */
  void tell(Consumer<? super Retry> hook) {
    try {
      hook.accept(this);
    } catch (RuntimeException | AssertionError e) {
      // It is there to look on, and has nobody to tell.
    }
  }
}
