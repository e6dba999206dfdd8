package dev.ringback.server.api;

import dev.ringback.server.api.call.CallContext;
import dev.ringback.server.api.call.Errors;
import dev.ringback.server.api.call.Holding;
import dev.ringback.server.refusal.Exhausted.TooMuch;
import dev.ringback.server.refusal.Late.TooSlow;
import dev.ringback.server.refusal.Refusal;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Lets calls in as far as their project may hold more, see {@link Holding}, and ends those whose
 * request does not come within {@link #UPLOAD}.
 *
 * <p>Calls without a key (health and reflection) share a few places. One more ends the oldest of
 * them, so that whoever keeps his open keeps nobody else out.
 *
 * <p>Thread-safe.
 */
final class Admission implements ServerInterceptor, AutoCloseable {
  /** How long a request may take to come in. */
  static final Duration UPLOAD = Duration.ofSeconds(30);

  static final int MAX_STRANGERS = 200;

  private static final Duration LOOK = Duration.ofMillis(500);

  private final long uploadNanos;
  private final Set<Admitted<?, ?>> uploads = ConcurrentHashMap.newKeySet();
  private final Deque<Admitted<?, ?>> strangers = new ArrayDeque<>();
  private final Thread watch;

  Admission(Duration upload) {
    this.uploadNanos = upload.toNanos();
    this.watch = Thread.ofPlatform().name("admission").daemon().start(this::watch);
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    Holding holding = Holding.current();
    var admitted = new Admitted<>(call, System.nanoTime() + uploadNanos);
    try {
      CallContext.maybe()
          .ifPresentOrElse(
              context -> holding.enter(context.projectId(), admitted::refuse),
              () -> {
                holding.enterAsStranger(admitted::refuse);
                place(admitted);
              });
    } catch (TooMuch e) {
      Errors.close(call, e);
      return new ServerCall.Listener<>() {};
    }
    uploads.add(admitted);
    return new SimpleForwardingServerCallListener<>(next.startCall(admitted, headers)) {
      @Override
      public void onMessage(Q message) {
        // What comes after the answer has been given is nobody's.
        if (!admitted.isClosed()) {
          super.onMessage(message);
        }
      }

      @Override
      public void onHalfClose() {
        uploads.remove(admitted);
        if (!admitted.isClosed()) {
          super.onHalfClose();
        }
      }

      @Override
      public void onCancel() {
        leave(admitted);
        super.onCancel();
      }

      @Override
      public void onComplete() {
        leave(admitted);
        super.onComplete();
      }
    };
  }

  private void place(Admitted<?, ?> stranger) {
    Admitted<?, ?> oldest;
    synchronized (strangers) {
      strangers.addLast(stranger);
      oldest = strangers.size() > MAX_STRANGERS ? strangers.removeFirst() : null;
    }
    if (oldest != null) {
      oldest.refuse(new TooMuch("another call without a key has come, and there are many"));
    }
  }

  private void leave(Admitted<?, ?> admitted) {
    uploads.remove(admitted);
    synchronized (strangers) {
      strangers.remove(admitted);
    }
  }

  /** A call that may be answered by others than what serves it. */
  private static final class Admitted<Q, A> extends SimpleForwardingServerCall<Q, A> {
    private final long untilNanos;
    private boolean closed;

    private Admitted(ServerCall<Q, A> call, long untilNanos) {
      super(call);
      this.untilNanos = untilNanos;
    }

    private void refuse(Refusal why) {
      Errors.close(this, why);
    }

    private synchronized boolean isClosed() {
      return closed;
    }

    // What serves a call may be about to answer when another does. Nothing below waits for
    // anything.

    @Override
    public synchronized void sendHeaders(Metadata headers) {
      if (!closed) {
        super.sendHeaders(headers);
      }
    }

    @Override
    public synchronized void sendMessage(A message) {
      if (!closed) {
        super.sendMessage(message);
      }
    }

    @Override
    public synchronized void close(Status status, Metadata trailers) {
      if (!closed) {
        closed = true;
        super.close(status, trailers);
      }
    }
  }

  private void watch() {
    try {
      while (true) {
        TimeUnit.NANOSECONDS.sleep(LOOK.toNanos());
        long now = System.nanoTime();
        for (Admitted<?, ?> upload : uploads) {
          if (now - upload.untilNanos > 0 && uploads.remove(upload)) {
            upload.refuse(new TooSlow());
          }
        }
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
