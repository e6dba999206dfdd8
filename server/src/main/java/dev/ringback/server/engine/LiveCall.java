package dev.ringback.server.engine;

import java.time.Duration;
import org.apache.hc.client5.http.io.ConnectionEndpoint;
import org.apache.hc.core5.io.CloseMode;
import org.jspecify.annotations.Nullable;

/**
 * One call while it runs: how far it is, and what cuts it when its deadline is up. The calling
 * thread moves it on; the timer's thread runs it, again and again until it has ended, since a cut
 * may fall between the moments at which there is a socket to close.
 */
final class LiveCall implements Runnable {
  /** How far a call is; what went wrong depends on it. */
  enum Phase {
    POOL,
    LOOKUP,
    CONNECT,
    HANDSHAKE,
    ANSWER,
    BODY
  }

  /** The call for which this thread opens a connection, for the look-up and the handshake. */
  static final ScopedValue<LiveCall> CURRENT = ScopedValue.newInstance();

  private final Duration deadline;
  private final long startedNanos = System.nanoTime();
  private final long deadlineNanos;
  private Phase phase = Phase.POOL;
  private @Nullable ConnectionEndpoint endpoint;
  private boolean ended;
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

  /** At least one: zero means "for ever" to sockets. */
  long remainingMillis() {
    long nanos = deadlineNanos - (System.nanoTime() - startedNanos);
    return Math.max(1, (nanos + 999_999) / 1_000_000);
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
  }

  synchronized void hold(ConnectionEndpoint leased) {
    endpoint = leased;
  }

  /** After this the connection may serve another call and is cut no more. */
  synchronized void end() {
    ended = true;
  }

  /** Cuts the call; closes the socket without a farewell, so it does not block. */
  @Override
  public synchronized void run() {
    if (!ended) {
      cut = true;
      if (endpoint != null) {
        endpoint.close(CloseMode.IMMEDIATE);
      }
    }
  }
}
