package dev.ringback.server.api.call;

import com.google.protobuf.MessageLite;
import dev.ringback.server.refusal.Late.WatcherTooSlow;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * A call that is answered on a thread of its own, since that may take long. The thread is
 * interrupted when the caller is gone.
 *
 * <p>No more is sent than the connection has room for, so that a slow caller costs no memory.
 *
 * @param <M> what is answered
 */
public final class LongCall<M extends MessageLite> {
  /** How long a caller may take nothing at all. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final ServerCallStreamObserver<M> call;
  private final String method;
  private final Function<com.google.rpc.Status, Optional<M>> lastWord;
  private final Holding holding = Holding.current();
  private boolean sent;

  /** What has been sent and the connection has not taken, about. */
  private long held;

  /** What answers the call; at its end the call ends. */
  @FunctionalInterface
  public interface Steps {
    void run() throws InterruptedException;
  }

  /** An error becomes the call's status. */
  public LongCall(StreamObserver<M> call, String method) {
    this(call, method, _ -> Optional.empty());
  }

  /**
   * To be made and started while the call's handler runs.
   *
   * @param lastWord how to tell of an error when something has been sent, and the caller would not
   *     see the call's status
   */
  public LongCall(
      StreamObserver<M> call,
      String method,
      Function<com.google.rpc.Status, Optional<M>> lastWord) {
    this.call = (ServerCallStreamObserver<M>) call;
    this.method = method;
    this.lastWord = lastWord;
  }

  public void start(Steps steps) {
    holding.last();
    Thread thread = Thread.ofVirtual().name(method).unstarted(() -> run(steps));
    call.setOnReadyHandler(this::wake);
    call.setOnCancelHandler(thread::interrupt);
    thread.start();
  }

  private void run(Steps steps) {
    try {
      steps.run();
      call.onCompleted();
    } catch (InterruptedException gone) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      if (!call.isCancelled()) {
        fail(e);
      }
    }
  }

  private void fail(RuntimeException e) {
    Optional<M> word = sent ? lastWord.apply(Errors.status(e, method)) : Optional.empty();
    if (word.isPresent()) {
      call.onNext(word.get());
      call.onCompleted();
    } else {
      call.onError(Errors.exception(e, method));
    }
  }

  /**
   * Sends a message, once there is room for it.
   *
   * @throws WatcherTooSlow when there is none for too long
   */
  public void send(M message) throws InterruptedException {
    awaitRoom();
    hold(message.getSerializedSize());
    sent = true;
    call.onNext(message);
    if (call.isReady()) {
      letGo();
    }
  }

  private synchronized void hold(long bytes) {
    holding.add(bytes);
    held += bytes;
  }

  private synchronized void letGo() {
    holding.giveBack(held);
    held = 0;
  }

  /** Whether any message has been sent. */
  public boolean hasSent() {
    return sent;
  }

  private synchronized void awaitRoom() throws InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (!call.isReady()) {
      long left = Duration.ofNanos(until - System.nanoTime()).toMillis();
      if (left <= 0) {
        throw new WatcherTooSlow();
      }
      wait(left);
    }
  }

  private synchronized void wake() {
    letGo();
    notifyAll();
  }
}
