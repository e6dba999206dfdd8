package dev.ringback.server.api.watch;

import dev.ringback.v1.WatchMessage;

/** Where the messages of a watch go. */
@FunctionalInterface
interface Outlet {
  /**
   * Tells a message, once there is room for it.
   *
   * @throws dev.ringback.server.refusal.Late.WatcherTooSlow when there is none for too long
   */
  void tell(WatchMessage message) throws InterruptedException;
}
