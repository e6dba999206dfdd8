package dev.ringback.client;

import dev.ringback.v1.WatchMessage;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a watch: holds what came and was not yet taken, at most {@link #WINDOW}
 * messages.
 *
 * <p>Thread-safe; one thread takes.
 */
final class Connection implements ClientResponseObserver<Object, WatchMessage> {
  private static final int WINDOW = 64;

  private final BlockingQueue<Sign> signs = new LinkedBlockingQueue<>();
  private @Nullable ClientCallStreamObserver<Object> call;

  /** What the connection has to say. */
  sealed interface Sign {}

  /** A message. */
  record Told(WatchMessage message) implements Sign {}

  /** There are no more messages. */
  record Completed() implements Sign {}

  /** The connection broke, or the watch was refused. */
  record Failed(Throwable cause) implements Sign {}

  /** The connection has said nothing. */
  record Silent() implements Sign {}

  @Override
  @SuppressWarnings("unchecked") // The call's requests are of no interest here.
  public void beforeStart(ClientCallStreamObserver<Object> call) {
    this.call = call;
    call.disableAutoRequestWithInitial(WINDOW);
  }

  @Override
  public void onNext(WatchMessage message) {
    signs.add(new Told(message));
  }

  @Override
  public void onError(Throwable cause) {
    signs.add(new Failed(cause));
  }

  @Override
  public void onCompleted() {
    signs.add(new Completed());
  }

  /** Waits for the next sign. */
  Sign take(Duration longest) {
    try {
      Sign sign = signs.poll(longest.toNanos(), TimeUnit.NANOSECONDS);
      if (sign instanceof Told && call != null) {
        call.request(1);
      }
      return sign == null ? new Silent() : sign;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Failed(Status.CANCELLED.withDescription("interrupted").asRuntimeException());
    }
  }

  /** Ends the call; what came is forgotten. */
  void cancel() {
    if (call != null) {
      call.cancel("no longer watched", null);
    }
  }
}
