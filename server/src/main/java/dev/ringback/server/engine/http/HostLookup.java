package dev.ringback.server.engine.http;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import dev.ringback.server.job.TargetUrl;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeoutException;

/**
 * Finds the addresses to connect to, within the call's deadline. The JDK's look-up blocks a thread
 * of the system and cannot be cancelled, so it runs on threads of its own: a slow name server holds
 * up neither the carriers of the virtual threads nor a call beyond its deadline. Calls to one host
 * share a look-up. Any thread may use it.
 */
final class HostLookup implements AutoCloseable {
  private static final int MAX_THREADS = 32;
  private static final int MAX_WAITING = 4096;

  /** Where the addresses come from; may block for long. */
  @FunctionalInterface
  interface Source {
    InetAddress[] resolve(String host) throws UnknownHostException;
  }

  private final Source source;
  private final ThreadPoolExecutor threads;
  private final ConcurrentMap<String, CompletableFuture<InetAddress[]>> running =
      new ConcurrentHashMap<>();

  HostLookup(Source source) {
    this.source = source;
    this.threads =
        new ThreadPoolExecutor(
            MAX_THREADS,
            MAX_THREADS,
            10,
            SECONDS,
            new LinkedBlockingQueue<>(MAX_WAITING),
            Thread.ofPlatform().name("host-lookup-", 0).daemon().factory());
    threads.allowCoreThreadTimeOut(true);
  }

  /**
   * The addresses of a URL's host. Those of an address are itself, and nobody waits for them.
   *
   * @param longest how long to wait for others
   */
  InetAddress[] resolve(TargetUrl target, Duration longest) throws UnknownHostException {
    String host = target.host();
    return target.isAddress()
        ? source.resolve(host)
        : await(lookup(host), host, longest.toMillis());
  }

  private CompletableFuture<InetAddress[]> lookup(String host) {
    CompletableFuture<InetAddress[]> mine = new CompletableFuture<>();
    CompletableFuture<InetAddress[]> other = running.putIfAbsent(host, mine);
    if (other != null) {
      return other;
    }
    try {
      threads.execute(() -> {
        try {
          mine.complete(source.resolve(host));
        } catch (UnknownHostException | RuntimeException e) {
          mine.completeExceptionally(e);
        } finally {
          running.remove(host, mine);
        }
      });
    } catch (RejectedExecutionException e) {
      running.remove(host, mine);
      mine.completeExceptionally(new UnknownHostException("too many look-ups at once"));
    }
    return mine;
  }

  private static InetAddress[] await(
      CompletableFuture<InetAddress[]> lookup, String host, long millis)
      throws UnknownHostException {
    try {
      return lookup.get(millis, MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof BlockedAddressException) {
        throw new BlockedAddressException(host);
      }
      throw unknown(host, e);
    } catch (TimeoutException e) {
      throw unknown(host, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unknown(host, e);
    }
  }

  private static UnknownHostException unknown(String host, Exception cause) {
    UnknownHostException unknown = new UnknownHostException(host);
    unknown.initCause(cause);
    return unknown;
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
