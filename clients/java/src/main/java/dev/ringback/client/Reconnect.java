package dev.ringback.client;

import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Makes a channel that lost its connection connect at once: by itself it would wait for longer and
 * longer, up to 2 minutes, and fail all calls meanwhile. The caller has waited already.
 *
 * <p>Thread-safe.
 */
final class Reconnect implements Runnable {
  /** How long a connection may take before the next call is made anyway. */
  private static final long LONGEST_MILLIS = 250;

  private final ManagedChannel channel;

  Reconnect(ManagedChannel channel) {
    this.channel = channel;
  }

  /**
   * Connects, or waits for a moment.
   *
   * @throws RingbackException {@code CANCELLED} when the client was closed
   */
  @Override
  public void run() {
    if (channel.isShutdown()) {
      throw RingbackException.from(
          Status.CANCELLED.withDescription("the client is closed").asRuntimeException());
    }
    channel.resetConnectBackoff();
    if (channel.getState(true) != ConnectivityState.TRANSIENT_FAILURE) {
      return;
    }
    CountDownLatch changed = new CountDownLatch(1);
    channel.notifyWhenStateChanged(ConnectivityState.TRANSIENT_FAILURE, changed::countDown);
    try {
      var unused = changed.await(LONGEST_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      // The call finds out.
      Thread.currentThread().interrupt();
    }
  }
}
