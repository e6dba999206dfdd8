package dev.ringback.server.api;

import dev.ringback.server.api.call.CallContext;
import dev.ringback.server.api.call.Errors;
import dev.ringback.server.refusal.Denied.InvalidApiKey;
import dev.ringback.server.refusal.Exhausted.Overloaded;
import dev.ringback.server.store.db.Batcher;
import dev.ringback.server.store.db.Unavailable;
import dev.ringback.server.store.tenant.Projects;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.LongSupplier;

/**
 * Lets calls in by their bearer key and tells them their project.
 *
 * <p>Open without a key are health and reflection, which tell nothing of any project.
 *
 * <p>Thread-safe. A key that was found is not looked up again for {@link #TRUSTED}, which is also
 * how long a revoked one may still work. Whatever keys strangers make up, the database is asked for
 * them on one connection, for many at once.
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

  private static final int MAX_KEY = 500;

  private final Projects projects;
  private final Batcher<String, Optional<Integer>> lookUps;
  private final LongSupplier nanos;
  private final ConcurrentHashMap<String, Trusted> trusted = new ConcurrentHashMap<>();

  private record Trusted(int projectId, long untilNanos) {}

  /**
   * @param nanos a clock that only ever goes forward, as {@link System#nanoTime}
   */
  ApiKeys(Projects projects, LongSupplier nanos) {
    this.projects = projects;
    this.lookUps = new Batcher<>("keys", LOOK_UPS, _ -> 0, projects::projectsOf);
    this.nanos = nanos;
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

  private static Optional<String> key(Metadata headers) {
    return Optional.ofNullable(headers.get(AUTHORIZATION))
        .filter(value -> value.regionMatches(true, 0, SCHEME, 0, SCHEME.length()))
        .map(value -> value.substring(SCHEME.length()).strip())
        .filter(key -> !key.isEmpty() && key.length() <= MAX_KEY);
  }

  private Optional<Integer> projectOf(String key) {
    long now = nanos.getAsLong();
    Trusted known = trusted.get(key);
    if (known != null && known.untilNanos() - now > 0) {
      return Optional.of(known.projectId());
    }
    Optional<Integer> project = lookUp(key);
    if (trusted.size() >= MAX_TRUSTED) {
      trusted.clear();
    }
    project.ifPresent(id -> trusted.put(key, new Trusted(id, now + TRUSTED.toNanos())));
    return project;
  }

  private Optional<Integer> lookUp(String key) {
    // Not only when its batch is looked up, where it would wait for those in front of it as well.
    projects.require();
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
  }
}
