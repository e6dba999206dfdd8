package dev.ringback.server.engine.http;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One call while it runs: how far it has come, and what cuts it when its deadline is up. The
 * calling thread moves it on; the timer's thread runs it, again and again until it has ended, since
 * a cut may fall into a moment at which there is no connection to close.
 */
final class LiveCall implements Runnable {
  /** How far a call has come; what went wrong depends on it. */
  enum Phase {
    URL,
    LOOKUP,
    CONNECT,
    HANDSHAKE,
    ANSWER,
    BODY
  }

  private final Duration deadline;
  private final long startedNanos = System.nanoTime();
  private final long deadlineNanos;
  private Phase phase = Phase.URL;
  private boolean connected;
  private @Nullable Wire wire;
  private boolean cut;

  LiveCall(Duration deadline) {
    this.deadline = deadline;
    this.deadlineNanos = deadline.toNanos();
  }

  Duration deadline() {
    return deadline;
  }

  Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - startedNanos);
  }

  /** At least a millisecond: zero means "for ever" to sockets. */
  Duration remaining() {
    long nanos = deadlineNanos - (System.nanoTime() - startedNanos);
    return Duration.ofMillis(Math.max(1, (nanos + 999_999) / 1_000_000));
  }

  /** Whether the deadline is up, noticed by the timer or not yet. */
  synchronized boolean expired() {
    return cut || System.nanoTime() - startedNanos >= deadlineNanos;
  }

  Phase phase() {
    return phase;
  }

  /** Only the calling thread moves and reads the phase. */
  void enter(Phase next) {
    phase = next;
    connected |= next == Phase.ANSWER;
  }

  /** Whether there has been a connection, so that something may have been sent. */
  boolean wasConnected() {
    return connected;
  }

  /** From here on a cut closes this wire. */
  synchronized void hold(Wire used) {
    wire = used;
  }

  /** From here on the wire may serve another call, and is cut no more. */
  synchronized void letGo() {
    wire = null;
  }

  /** Cuts the call; closes the connection without a farewell, so it does not block. */
  @Override
  public synchronized void run() {
    cut = true;
    if (wire != null) {
      wire.close();
    }
  }
}
