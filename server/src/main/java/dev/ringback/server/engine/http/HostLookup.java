package dev.ringback.server.engine.http;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import dev.ringback.server.job.Lane;
import dev.ringback.server.job.TargetUrl;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds the addresses of hosts, within the call's deadline.
 *
 * <p>The JDK's look-up blocks a platform thread and cannot be cancelled, so it runs on threads of
 * its own: a slow name server holds up neither the carriers of the virtual threads nor a call
 * beyond its deadline. These threads are shared out as slots are, see {@link Shares}: a project
 * whose names are silent waits for itself, and threads are left for the others. Calls of one
 * project to one host share a look-up; what it found is {@linkplain KnownNames known} for a while,
 * to all.
 *
 * <p>Thread-safe.
 */
final class HostLookup implements AutoCloseable {
  /** Ten projects whose names are all silent leave four of them. */
  private static final int MAX_THREADS = 128;

  /** Where the addresses come from. It may block for long. */
  @FunctionalInterface
  interface Source {
    InetAddress[] resolve(String host) throws UnknownHostException;
  }

  private final Source source;
  private final KnownNames known;
  private final ExecutorService threads;

  // All guarded by this.
  private final Shares shares;

  /** The look-ups that wait for a thread and those that have one. */
  private final Map<Name, Lookup> wanted = new HashMap<>();

  /** The look-ups that wait, by project and in the order of coming. */
  private final Map<Integer, Deque<Lookup>> waiting = new LinkedHashMap<>();

  private boolean closed;

  private record Name(int projectId, String host) {}

  /** One look-up, and how many calls wait for it; guarded by the class around it. */
  private static final class Lookup {
    final Name name;
    final Lane lane;
    final CompletableFuture<List<InetAddress>> found = new CompletableFuture<>();
    int callers;
    boolean runs;

    Lookup(Name name, Lane lane) {
      this.name = name;
      this.lane = lane;
    }
  }

  /**
   * Asks what the JDK asks: the hosts file, the name servers, whatever the system is set up to use.
   */
  HostLookup() {
    this(InetAddress::getAllByName, MAX_THREADS, System::nanoTime);
  }

  /**
   * @param most how many look-ups run at the same time
   * @param nanos a clock that only ever goes forward, as {@link System#nanoTime}
   */
  HostLookup(Source source, int most, LongSupplier nanos) {
    this.source = source;
    this.known = new KnownNames(nanos);
    this.shares = new Shares(most);
    this.threads =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            10,
            SECONDS,
            new SynchronousQueue<>(),
            Thread.ofPlatform().name("host-lookup-", 0).daemon().factory());
  }

  /**
   * The addresses of a host, at least one. An address stands for itself: it is not looked up.
   *
   * @param projectId whose call it is
   * @param host as {@link TargetUrl} has it
   * @param longest how long to wait
   */
  List<InetAddress> resolve(int projectId, String host, int port, Duration longest)
      throws UnknownHostException {
    InetAddress literal = literal(host);
    if (literal != null) {
      return List.of(literal);
    }
    List<InetAddress> found = known.get(host);
    if (found == null) {
      found = await(join(new Name(projectId, host), port), longest);
    }
    if (found.isEmpty()) {
      throw new UnknownHostException(host);
    }
    return found;
  }

  /**
   * An address in any form that the JDK reads. What only looks like one, such as {@code x.1}, is a
   * name to it, and is looked up as such.
   */
  private static @Nullable InetAddress literal(String host) {
    try {
      return TargetUrl.isAddress(host) ? InetAddress.ofLiteral(host) : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private synchronized Lookup join(Name name, int port) {
    Lookup lookup = wanted.get(name);
    if (lookup == null) {
      lookup = new Lookup(name, Lane.of(name.projectId(), name.host(), port));
      wanted.put(name, lookup);
      waiting.computeIfAbsent(name.projectId(), _ -> new ArrayDeque<>()).add(lookup);
      admit();
    }
    if (closed) {
      lookup.found.cancel(false);
    }
    lookup.callers++;
    return lookup;
  }

  /** Starts the look-ups for which there is room. */
  private void admit() {
    waiting
        .values()
        .removeIf(queue -> {
          while (!queue.isEmpty() && !closed && shares.hasRoom(queue.element().lane, 1)) {
            start(queue.remove());
          }
          return queue.isEmpty();
        });
  }

  private void start(Lookup lookup) {
    shares.take(lookup.lane, 1);
    lookup.runs = true;
    threads.execute(() -> run(lookup));
  }

  /** A look-up is ended before its result is told, so that nobody joins one that is over. */
  private void run(Lookup lookup) {
    String host = lookup.name.host();
    try {
      List<InetAddress> found = ask(host);
      known.put(host, found);
      end(lookup);
      lookup.found.complete(found);
    } catch (RuntimeException e) {
      end(lookup);
      lookup.found.completeExceptionally(e);
    }
  }

  /** Empty where there is no such name, or nobody who knows of it answers. */
  private List<InetAddress> ask(String host) {
    try {
      return List.of(source.resolve(host));
    } catch (UnknownHostException e) {
      return List.of();
    }
  }

  private synchronized void end(Lookup lookup) {
    wanted.remove(lookup.name);
    shares.giveBack(lookup.lane, 1);
    admit();
  }

  private List<InetAddress> await(Lookup lookup, Duration longest) throws UnknownHostException {
    try {
      return lookup.found.get(longest.toMillis(), MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    } catch (TimeoutException | CancellationException e) {
      throw unanswered(lookup, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unanswered(lookup, e);
    } finally {
      leave(lookup);
    }
  }

  private static UnknownHostException unanswered(Lookup lookup, Exception cause) {
    UnknownHostException unknown = new UnknownHostException(lookup.name.host());
    unknown.initCause(cause);
    return unknown;
  }

  /** A look-up that has not begun and that nobody waits for any more is dropped. */
  private synchronized void leave(Lookup lookup) {
    lookup.callers--;
    if (lookup.callers == 0 && !lookup.runs && wanted.remove(lookup.name, lookup)) {
      Deque<Lookup> queue = waiting.getOrDefault(lookup.name.projectId(), new ArrayDeque<>());
      queue.remove(lookup);
      admit();
    }
  }

  /** Sends away those who wait; look-ups that run end by themselves. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      wanted.values().forEach(lookup -> lookup.found.cancel(false));
    }
    threads.shutdownNow();
  }
}
