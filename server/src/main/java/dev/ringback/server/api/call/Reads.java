package dev.ringback.server.api.call;

import com.google.protobuf.MessageLite;
import dev.ringback.server.store.db.Turns;
import dev.ringback.server.store.db.Turns.Turn;
import dev.ringback.server.store.db.Unavailable;
import io.grpc.Context;
import io.grpc.stub.StreamObserver;
import java.util.function.Supplier;

/**
 * Has calls read in turns, and counts what they have read until it has been sent: an answer is in
 * memory for as long as its caller does not take it.
 *
 * <p>Thread-safe.
 */
public final class Reads {
  /** Twice the largest answer: what was read, and the message that is made of it. */
  private static final long READING = 8 << 20;

  /** An answer that is no larger is not worth counting. */
  private static final long SMALL = 64 << 10;

  /** The message, and its bytes. */
  private static final int COPIES = 2;

  private final Turns turns;

  public Reads(Turns turns) {
    this.turns = turns;
  }

  /** Answers a call of the current context with what is read. */
  public <M extends MessageLite> void answer(StreamObserver<M> answer, Supplier<M> read) {
    M message = message(Context.current(), CallContext.current().projectId(), read);
    answer.onNext(message);
    answer.onCompleted();
  }

  /**
   * Reads the answer to a call, which is counted until the call is closed.
   *
   * @param call the call's context
   */
  public <M extends MessageLite> M message(Context call, int project, Supplier<M> read) {
    Turn turn = turn(project);
    boolean kept = false;
    try {
      M message = read.get();
      long bytes = message.getSerializedSize();
      if (bytes > SMALL) {
        turn.read(COPIES * bytes);
        call.addListener(_ -> turn.close(), Runnable::run);
        kept = true;
      }
      return message;
    } finally {
      if (!kept) {
        turn.close();
      }
    }
  }

  /** Reads what is no answer yet, and small. */
  public <T> T read(int project, Supplier<T> read) {
    try (Turn _ = turn(project)) {
      return read.get();
    }
  }

  private Turn turn(int project) {
    try {
      return turns.take(project, READING);
    } catch (InterruptedException e) {
      // By the call's patience.
      Thread.currentThread().interrupt();
      throw new Unavailable();
    }
  }
}
