package dev.ringback.server.api;

import dev.ringback.server.api.call.CallContext;
import dev.ringback.server.api.call.Errors;
import dev.ringback.server.refusal.Denied.InvalidApiKey;
import dev.ringback.server.refusal.Exhausted.Overloaded;
import dev.ringback.server.store.db.Batcher;
import dev.ringback.server.store.db.Unavailable;
import dev.ringback.server.store.tenant.Keys;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * Lets calls in by their bearer key and tells them their project.
 *
 * <p>Open without a key are health and reflection, which tell nothing of any project.
 *
 * <p>Thread-safe. A key that was found is not looked up again for {@link #TRUSTED}, which is also
 * how long a revoked one may still work; what then becomes of streams, {@link Revocation} says.
 * Whatever keys strangers make up, the database is asked for them on one connection, for many at
 * once. That keys are used is noted on another, and nobody waits for it.
 */
final class ApiKeys implements ServerInterceptor, AutoCloseable {
  static final Duration TRUSTED = Duration.ofSeconds(5);

  private static final Set<String> OPEN_SERVICES =
      Set.of(
          "grpc.health.v1.Health",
          "grpc.reflection.v1.ServerReflection",
          "grpc.reflection.v1alpha.ServerReflection");
  private static final Metadata.Key<String> AUTHORIZATION = CallContext.key("authorization");
  private static final String SCHEME = "Bearer ";
  private static final int MAX_TRUSTED = 10_000;

  /** One at a time, of as many keys as wait. */
  private static final Batcher.Limits LOOK_UPS =
      new Batcher.Limits(5_000, 500, Integer.MAX_VALUE, 1);

  /** What finds no place is noted a few seconds later. */
  private static final Batcher.Limits USES = new Batcher.Limits(1_000, 500, Integer.MAX_VALUE, 1);

  private static final int MAX_KEY = 500;

  private final Keys keys;
  private final Batcher<String, Optional<Integer>> lookUps;
  private final Batcher<String, Boolean> uses;
  private final LongSupplier nanos;
  private final ConcurrentHashMap<String, Trusted> trusted = new ConcurrentHashMap<>();

  /**
   * A key that was found.
   *
   * @param asked whether a stream has asked for it again
   */
  private record Trusted(int projectId, long untilNanos, AtomicBoolean asked) {
    boolean holds(long now) {
      return untilNanos - now > 0;
    }
  }

  /**
   * @param nanos a clock that only ever goes forward, as {@link System#nanoTime}
   */
  ApiKeys(Keys keys, LongSupplier nanos) {
    this.keys = keys;
    this.lookUps = new Batcher<>("keys", LOOK_UPS, _ -> 0, this::find);
    this.uses = new Batcher<>("key-uses", USES, _ -> 0, this::noteUse);
    this.nanos = nanos;
  }

  private List<Optional<Integer>> find(List<String> asked) {
    List<Optional<Keys.Opened>> found = keys.find(asked);
    for (int i = 0; i < asked.size(); i++) {
      if (found.get(i).map(Keys.Opened::isUseDue).orElse(false)) {
        // Nobody asks what became of it: where it can't be written, it is due again.
        uses.offer(asked.get(i));
      }
    }
    return found.stream().map(opened -> opened.map(Keys.Opened::projectId)).toList();
  }

  private List<Boolean> noteUse(List<String> used) {
    keys.noteUse(used);
    return Collections.nCopies(used.size(), true);
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    if (OPEN_SERVICES.contains(call.getMethodDescriptor().getServiceName())) {
      return next.startCall(call, headers);
    }
    Optional<Integer> project;
    try {
      project = key(headers).flatMap(this::projectOf);
    } catch (RuntimeException e) {
      Errors.close(call, e);
      return new ServerCall.Listener<>() {};
    }
    if (project.isEmpty()) {
      Errors.close(call, new InvalidApiKey());
      return new ServerCall.Listener<>() {};
    }
    var context = new CallContext(project.get(), headers, new Metadata());
    var withHeaders =
        new SimpleForwardingServerCall<Q, A>(call) {
          private boolean headersSent;

          @Override
          public void sendHeaders(Metadata responseHeaders) {
            headersSent = true;
            responseHeaders.merge(context.responseHeaders());
            super.sendHeaders(responseHeaders);
          }

          @Override
          public void close(Status status, Metadata trailers) {
            // An answer without a message has its headers in its trailers.
            if (status.isOk() && !headersSent) {
              trailers.merge(context.responseHeaders());
            }
            super.close(status, trailers);
          }
        };
    return Contexts.interceptCall(context.attach(), withHeaders, headers, next);
  }

  static Optional<String> key(Metadata headers) {
    return Optional.ofNullable(headers.get(AUTHORIZATION))
        .filter(value -> value.regionMatches(true, 0, SCHEME, 0, SCHEME.length()))
        .map(value -> value.substring(SCHEME.length()).strip())
        .filter(key -> !key.isEmpty() && key.length() <= MAX_KEY);
  }

  private Optional<Integer> projectOf(String key) {
    long now = nanos.getAsLong();
    Trusted known = trusted.get(key);
    if (known != null && known.holds(now)) {
      return Optional.of(known.projectId());
    }
    Optional<Integer> project = lookUp(key);
    if (trusted.size() >= MAX_TRUSTED) {
      trusted.clear();
    }
    project.ifPresentOrElse(
        id -> trusted.put(key, new Trusted(id, now + TRUSTED.toNanos(), new AtomicBoolean(false))),
        () -> trusted.remove(key));
    return project;
  }

  /**
   * Whether the key of a stream is not known to be revoked. Of the many streams that a key may have
   * one waits for the answer, and the others go on meanwhile.
   */
  boolean opensStill(String key, int project) {
    Trusted known = trusted.get(key);
    if (known != null
        && (known.holds(nanos.getAsLong()) || !known.asked().compareAndSet(false, true))) {
      return true;
    }
    try {
      return projectOf(key).equals(Optional.of(project));
    } catch (RuntimeException e) {
      // It can't be asked for now, and is asked for again with the next message.
      if (known != null) {
        known.asked().set(false);
      }
      return true;
    }
  }

  private Optional<Integer> lookUp(String key) {
    // Not only when its batch is looked up, where it would wait for those in front of it as well.
    keys.require();
    CompletableFuture<Optional<Integer>> answer = lookUps.offer(key);
    if (answer == null) {
      throw new Overloaded("too many keys are waiting to be looked up; try again");
    }
    try {
      return answer.get();
    } catch (InterruptedException e) {
      answer.cancel(false);
      Thread.currentThread().interrupt();
      throw new Unavailable();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws InterruptedException {
    lookUps.close();
    uses.close();
  }
}
