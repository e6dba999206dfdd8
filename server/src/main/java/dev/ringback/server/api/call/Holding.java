package dev.ringback.server.api.call;

import dev.ringback.server.refusal.Exhausted.TooMuch;
import dev.ringback.server.store.db.Room;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a call makes the server hold, from its first byte to its end: a place among the calls or the
 * streams, its request as it came and what is made of it, and its answer. gRPC tells of the bytes
 * as they come in, before a message is whole; who is about to make more of them says so first.
 *
 * <p>The bounds are for each project and for all, see {@link Room}. Before its key is known, a call
 * holds no more than a window of its connection.
 *
 * <p>Thread-safe.
 */
public final class Holding extends ServerStreamTracer {
  /** What a value of a message takes in memory beside its bytes, about. */
  public static final int VALUE_BYTES = 100;

  /** Calls that are answered at once, or wait for the database. */
  private static final int MAX_CALLS = 4_000;

  /** Calls that last: watches, and those that wait for a job. */
  private static final int MAX_STREAMS = 20_000;

  /** Of a call without a key: the name of a service, or of a file of the API. */
  private static final int MAX_BYTES_OF_STRANGER = 64 << 10;

  private static final Context.Key<Holding> KEY = Context.key("ringback-holding");

  private final Limits limits;
  private @Nullable Integer project;
  private boolean isStranger;
  private boolean lasts;
  private boolean ended;
  private long held;
  private long came;
  private @Nullable Consumer<TooMuch> refusal;

  /** What all calls together may hold. */
  public static final class Limits extends Factory {
    private final Room calls = new Room(MAX_CALLS);
    private final Room streams = new Room(MAX_STREAMS);
    private final Room bytes;

    /**
     * @param room how many bytes all calls together may hold
     */
    public Limits(long room) {
      bytes = new Room(room);
    }

    @Override
    public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
      return new Holding(this);
    }
  }

  public Holding(Limits limits) {
    this.limits = limits;
  }

  /** That of the call that the present thread serves. */
  public static Holding current() {
    Holding holding = KEY.get();
    if (holding == null) {
      throw new IllegalStateException("not within a call");
    }
    return holding;
  }

  @Override
  public Context filterContext(Context context) {
    return context.withValue(KEY, this);
  }

  /**
   * Takes a place among the calls.
   *
   * @param refusal is told when the request turns out to be too large while it comes in
   * @throws TooMuch when the project has as many calls open as it may
   */
  public synchronized void enter(int project, Consumer<TooMuch> refusal) {
    if (ended) {
      return;
    }
    if (!limits.calls.take(project, 1)) {
      throw new TooMuch("this project has as many calls open as it may");
    }
    this.project = project;
    this.refusal = refusal;
  }

  /**
   * Without a key: its bytes alone are bounded, and how many such calls there are is not decided
   * here.
   */
  public synchronized void enterAsStranger(Consumer<TooMuch> refusal) {
    this.isStranger = true;
    this.refusal = refusal;
  }

  /**
   * Exchanges its place for one among the streams: it will last.
   *
   * @throws TooMuch when the project has as many streams open as it may
   */
  public synchronized void last() {
    if (ended || lasts || project == null) {
      return;
    }
    if (!limits.streams.take(project, 1)) {
      throw new TooMuch("this project has as many watches and waiting calls open as it may");
    }
    limits.calls.giveBack(project, 1);
    lasts = true;
  }

  /**
   * Takes note of more bytes, until the call ends or they are given back.
   *
   * @throws TooMuch when the project's calls hold as much as they may
   */
  public synchronized void add(long more) {
    if (ended || project == null) {
      return;
    }
    if (!limits.bytes.take(project, more)) {
      throw new TooMuch("this project's calls hold as many bytes in memory as they may");
    }
    held += more;
  }

  public synchronized void giveBack(long bytes) {
    if (!ended && project != null) {
      limits.bytes.giveBack(project, bytes);
      held -= bytes;
    }
  }

  @Override
  public void inboundWireSize(long bytes) {
    Consumer<TooMuch> told = null;
    TooMuch why = null;
    synchronized (this) {
      came += bytes;
      try {
        if (isStranger && came > MAX_BYTES_OF_STRANGER) {
          throw new TooMuch("a call without a key may send 64 KiB at most");
        }
        add(bytes);
      } catch (TooMuch e) {
        told = refusal;
        why = e;
        refusal = null;
      }
    }
    if (told != null && why != null) {
      told.accept(why);
    }
  }

  /** What has to be sent is there already, so that it can only be counted. */
  @Override
  public synchronized void outboundWireSize(long bytes) {
    if (!ended && !lasts && project != null) {
      limits.bytes.takeAnyway(project, bytes);
      held += bytes;
    }
  }

  @Override
  public synchronized void streamClosed(Status status) {
    if (ended) {
      return;
    }
    ended = true;
    if (project != null) {
      (lasts ? limits.streams : limits.calls).giveBack(project, 1);
      limits.bytes.giveBack(project, held);
    }
  }
}
