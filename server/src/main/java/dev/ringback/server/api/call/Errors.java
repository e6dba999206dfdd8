package dev.ringback.server.api.call;

import com.google.protobuf.Any;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import dev.ringback.server.api.read.ResumeToken;
import dev.ringback.server.refusal.Conflict.IdempotencyKeyReused;
import dev.ringback.server.refusal.Conflict.JobEnded;
import dev.ringback.server.refusal.Conflict.TooManySigningSecrets;
import dev.ringback.server.refusal.Denied.InvalidApiKey;
import dev.ringback.server.refusal.Exhausted.Overloaded;
import dev.ringback.server.refusal.Exhausted.TooMuch;
import dev.ringback.server.refusal.Invalid.InvalidFields;
import dev.ringback.server.refusal.Invalid.TooOld;
import dev.ringback.server.refusal.Invalid.UnsupportedEncoding;
import dev.ringback.server.refusal.Late.TooSlow;
import dev.ringback.server.refusal.Late.WatcherTooSlow;
import dev.ringback.server.refusal.NotFound.ExecutionNotFound;
import dev.ringback.server.refusal.NotFound.JobNotFound;
import dev.ringback.server.refusal.NotFound.MethodNotAllowed;
import dev.ringback.server.refusal.NotFound.NoSuchPath;
import dev.ringback.server.refusal.Refusal;
import dev.ringback.server.refusal.Violation;
import dev.ringback.server.store.db.Unavailable;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusException;
import io.grpc.protobuf.StatusProto;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place where what went wrong becomes an answer: a google.rpc.Status with an ErrorInfo, and
 * words that are fit for a stranger. Causes stay in the log.
 *
 * <p>Thread-safe.
 */
public final class Errors implements ServerInterceptor {
  /** The {@code domain} of every ErrorInfo. */
  static final String DOMAIN = "ringback.dev";

  private static final String AWAY = "the database can't serve this at this moment; try again";

  private static final Logger log = LoggerFactory.getLogger(Errors.class);
  private static final Metadata.Key<String> CHALLENGE = CallContext.key("www-authenticate");
  private static final Metadata.Key<String> RETRY_AFTER = CallContext.key("retry-after");
  private static final Metadata.Key<String> ALLOW = CallContext.key("allow");

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    ServerCall.Listener<Q> started;
    try {
      started = next.startCall(call, headers);
    } catch (RuntimeException e) {
      close(call, e);
      return new ServerCall.Listener<>() {};
    }
    return new SimpleForwardingServerCallListener<>(started) {
      private boolean failed;

      @Override
      public void onMessage(Q message) {
        guard(() -> super.onMessage(message));
      }

      @Override
      public void onHalfClose() {
        guard(super::onHalfClose);
      }

      private void guard(Runnable step) {
        if (failed) {
          return;
        }
        try {
          step.run();
        } catch (RuntimeException e) {
          failed = true;
          close(call, e);
        }
      }
    };
  }

  public static void close(ServerCall<?, ?> call, RuntimeException e) {
    StatusException exception = exception(e, call.getMethodDescriptor().getFullMethodName());
    call.close(exception.getStatus(), Objects.requireNonNull(exception.getTrailers()));
  }

  /** The error that ends a call whose answer is given on another thread. */
  static StatusException exception(RuntimeException e, String method) {
    Told told = told(e, method);
    Metadata trailers = new Metadata();
    trailers.put(CallContext.HTTP_STATUS, Integer.toString(told.reason().httpStatus()));
    if (told.reason().passes()) {
      trailers.put(RETRY_AFTER, "1");
    }
    if (e instanceof InvalidApiKey) {
      trailers.put(CHALLENGE, "Bearer realm=\"ringback\"");
    }
    if (e instanceof MethodNotAllowed refused) {
      trailers.put(ALLOW, String.join(", ", refused.allowed()));
    }
    return StatusProto.toStatusException(told.status(), trailers);
  }

  /** What to tell of an error; what is a fault of ours stands in the log. */
  public static com.google.rpc.Status status(RuntimeException e, String method) {
    return told(e, method).status();
  }

  /** What is told of an error. */
  private record Told(
      Reason reason, String words, Map<String, String> metadata, List<Violation> violations) {
    com.google.rpc.Status status() {
      com.google.rpc.Status.Builder status =
          com.google.rpc.Status.newBuilder().setCode(reason.code().value()).setMessage(words);
      status.addDetails(
          Any.pack(
              ErrorInfo.newBuilder()
                  .setReason(reason.word().name())
                  .setDomain(DOMAIN)
                  .putAllMetadata(metadata)
                  .build()));
      if (!violations.isEmpty()) {
        status.addDetails(Any.pack(badRequest(violations)));
      }
      return status.build();
    }
  }

  private static Told told(RuntimeException e, String method) {
    if (e instanceof Refusal refusal) {
      return told(refusal);
    }
    if (e instanceof Unavailable) {
      log.atWarn().log("a call found the database away");
      return new Told(Reason.DATABASE_UNAVAILABLE, AWAY, Map.of(), List.of());
    }
    String id = UUID.randomUUID().toString();
    log.atError()
        .addKeyValue("id", id)
        .addKeyValue("method", method)
        .setCause(e)
        .log("a call failed");
    String words = "a fault in Ringback; its log has the cause under " + id;
    return new Told(Reason.INTERNAL, words, Map.of("id", id), List.of());
  }

  private static Told told(Refusal refusal) {
    return switch (refusal) {
      case InvalidFields e ->
          new Told(
              e.isOnlyTooLarge() ? Reason.BODY_TOO_LARGE : Reason.INVALID_FIELDS,
              e.words(),
              Map.of(),
              e.violations());
      case UnsupportedEncoding e ->
          told(Reason.UNSUPPORTED_ENCODING, e, Map.of("content_encoding", e.encoding()));
      case TooOld e ->
          told(
              Reason.RESUME_TOKEN_TOO_OLD,
              e,
              Map.of("oldest_resume_token", ResumeToken.behind(e.horizon()).textForAnyFilter()));
      case TooSlow e -> told(Reason.REQUEST_TOO_SLOW, e, Map.of());
      case WatcherTooSlow e -> told(Reason.WATCHER_TOO_SLOW, e, Map.of());
      case InvalidApiKey e -> told(Reason.API_KEY_INVALID, e, Map.of());
      case NoSuchPath e -> told(Reason.NO_SUCH_PATH, e, Map.of());
      case MethodNotAllowed e -> told(Reason.NO_SUCH_METHOD, e, Map.of());
      case JobNotFound e -> told(Reason.JOB_NOT_FOUND, e, Map.of("id", e.id()));
      case ExecutionNotFound e -> told(Reason.EXECUTION_NOT_FOUND, e, Map.of("id", e.id()));
      case IdempotencyKeyReused e ->
          told(Reason.IDEMPOTENCY_KEY_REUSED, e, Map.of("job_id", e.job().toString()));
      case JobEnded e ->
          told(Reason.JOB_ENDED, e, Map.of("id", e.job().toString(), "status", e.status().word()));
      case TooManySigningSecrets e ->
          told(
              Reason.TOO_MANY_SIGNING_SECRETS,
              e,
              Map.of("next_expires_at", e.nextExpiry().toString()));
      case TooMuch e -> told(Reason.PROJECT_LIMIT, e, Map.of());
      case Overloaded e -> told(Reason.OVERLOADED, e, Map.of());
    };
  }

  private static Told told(Reason reason, Refusal refusal, Map<String, String> metadata) {
    return new Told(reason, refusal.words(), metadata, List.of());
  }

  private static BadRequest badRequest(List<Violation> violations) {
    BadRequest.Builder request = BadRequest.newBuilder();
    for (Violation violation : violations) {
      request
          .addFieldViolationsBuilder()
          .setField(violation.field())
          .setDescription(violation.description());
    }
    return request.build();
  }
}
