package dev.ringback.server.api;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Bounds how long a call may be worked on: its thread is interrupted then, wherever it waits for
 * the database, and the call is refused as one that found it away. So no call hangs, whatever the
 * database does. The time in which a caller sends its request does not count, nor does that of a
 * stream.
 *
 * <p>Thread-safe. One thread looks after all calls, so that each costs no more than an entry in a
 * table.
 */
final class Patience implements ServerInterceptor, AutoCloseable {
  /** With {@link #LOOK} at most 5 s, which is what callers are promised. */
  static final Duration LIMIT = Duration.ofMillis(4_500);

  private static final Duration LOOK = Duration.ofMillis(250);

  private final long limitNanos;
  private final Set<Work> works = ConcurrentHashMap.newKeySet();
  private final Thread watch;

  /** A part of a call, on the thread that runs it. */
  private static final class Work {
    private final Thread thread = Thread.currentThread();
    private final long untilNanos;
    private boolean ended;

    Work(long untilNanos) {
      this.untilNanos = untilNanos;
    }

    synchronized void interruptAfter(long now) {
      if (!ended && now - untilNanos > 0) {
        thread.interrupt();
      }
    }

    /** The thread's next work must not be hit. */
    synchronized void end() {
      ended = true;
      Thread.interrupted();
    }
  }

  Patience(Duration limit) {
    this.limitNanos = limit.toNanos();
    this.watch = Thread.ofPlatform().name("patience").daemon().start(this::watch);
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    Work opening = begin(limitNanos);
    ServerCall.Listener<Q> listener;
    try {
      listener = next.startCall(call, headers);
    } finally {
      end(opening);
    }
    if (!call.getMethodDescriptor().getType().serverSendsOneMessage()) {
      return listener;
    }
    long left = opening.untilNanos - System.nanoTime();
    return new SimpleForwardingServerCallListener<>(listener) {
      @Override
      public void onHalfClose() {
        Work answering = begin(left);
        try {
          super.onHalfClose();
        } finally {
          end(answering);
        }
      }
    };
  }

  private Work begin(long nanos) {
    Work work = new Work(System.nanoTime() + nanos);
    works.add(work);
    return work;
  }

  private void end(Work work) {
    works.remove(work);
    work.end();
  }

  private void watch() {
    try {
      while (true) {
        TimeUnit.NANOSECONDS.sleep(LOOK.toNanos());
        long now = System.nanoTime();
        works.forEach(work -> work.interruptAfter(now));
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    watch.interrupt();
  }
}
