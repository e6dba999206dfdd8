package dev.ringback.server.api;

import com.google.protobuf.Any;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import dev.ringback.server.job.RefusedException;
import dev.ringback.server.job.RefusedException.DatabaseUnavailable;
import dev.ringback.server.job.RefusedException.IdempotencyKeyReused;
import dev.ringback.server.job.RefusedException.InvalidFields;
import dev.ringback.server.job.RefusedException.JobEnded;
import dev.ringback.server.job.RefusedException.JobNotFound;
import dev.ringback.server.job.RefusedException.MethodNotAllowed;
import dev.ringback.server.job.RefusedException.NoSuchPath;
import dev.ringback.server.job.RefusedException.Overloaded;
import dev.ringback.server.job.RefusedException.TooManySigningSecrets;
import dev.ringback.server.job.RefusedException.TooMuch;
import dev.ringback.server.job.RefusedException.TooOld;
import dev.ringback.server.job.RefusedException.TooSlow;
import dev.ringback.server.job.RefusedException.UnsupportedEncoding;
import dev.ringback.server.job.RefusedException.Violation;
import dev.ringback.server.job.RefusedException.WatcherTooSlow;
import dev.ringback.v1.ErrorReason;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.protobuf.StatusProto;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place where what went wrong becomes an answer: a google.rpc.Status with an ErrorInfo, and
 * words that are fit for a stranger. Causes stay in the log.
 *
 * <p>Thread-safe.
 */
final class Errors implements ServerInterceptor {
  /** The {@code domain} of every ErrorInfo. */
  static final String DOMAIN = "ringback.dev";

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

  static void closeUnauthenticated(ServerCall<?, ?> call) {
    Metadata trailers = new Metadata();
    trailers.put(CHALLENGE, "Bearer realm=\"ringback\"");
    close(
        call,
        status(
            Status.Code.UNAUTHENTICATED,
            "a valid API key is needed: Authorization: Bearer KEY",
            info(ErrorReason.API_KEY_INVALID, Map.of())),
        trailers);
  }

  static void close(ServerCall<?, ?> call, RuntimeException e) {
    close(call, status(e, call.getMethodDescriptor().getFullMethodName()), trailers(e));
  }

  /** The error that ends a call whose answer is given on another thread. */
  static StatusException exception(RuntimeException e, String method) {
    return StatusProto.toStatusException(status(e, method), trailers(e));
  }

  private static Metadata trailers(RuntimeException e) {
    Metadata trailers = new Metadata();
    if (e instanceof RefusedException refused) {
      httpStatus(refused).ifPresent(code -> trailers.put(CallContext.HTTP_STATUS, code));
    }
    if (e instanceof TooMuch || e instanceof Overloaded || e instanceof DatabaseUnavailable) {
      trailers.put(RETRY_AFTER, "1");
    }
    if (e instanceof MethodNotAllowed refused) {
      trailers.put(ALLOW, String.join(", ", refused.allowed()));
    }
    return trailers;
  }

  private static void close(
      ServerCall<?, ?> call, com.google.rpc.Status status, Metadata trailers) {
    StatusException exception = StatusProto.toStatusException(status, trailers);
    Metadata all = exception.getTrailers();
    call.close(exception.getStatus(), all == null ? trailers : all);
  }

  /** What to tell of an error; what is a fault of ours stands in the log. */
  static com.google.rpc.Status status(RuntimeException e, String method) {
    if (e instanceof RefusedException refused) {
      return status(refused);
    }
    String id = UUID.randomUUID().toString();
    log.atError()
        .addKeyValue("id", id)
        .addKeyValue("method", method)
        .setCause(e)
        .log("a call failed");
    return status(
        Status.Code.INTERNAL,
        "a fault in Ringback; its log has the cause under " + id,
        info(ErrorReason.INTERNAL, Map.of("id", id)));
  }

  private static com.google.rpc.Status status(RefusedException refused) {
    return switch (refused) {
      case InvalidFields e ->
          status(
              Status.Code.INVALID_ARGUMENT,
              e.words(),
              info(ErrorReason.INVALID_FIELDS, Map.of()),
              Any.pack(badRequest(e.violations())));
      case JobNotFound e ->
          status(
              Status.Code.NOT_FOUND,
              e.words(),
              info(ErrorReason.JOB_NOT_FOUND, Map.of("id", e.id())));
      case IdempotencyKeyReused e ->
          status(
              Status.Code.ALREADY_EXISTS,
              e.words(),
              info(ErrorReason.IDEMPOTENCY_KEY_REUSED, Map.of("job_id", e.job().toString())));
      case JobEnded e ->
          status(
              Status.Code.FAILED_PRECONDITION,
              e.words(),
              info(
                  ErrorReason.JOB_ENDED,
                  Map.of("id", e.job().toString(), "status", e.status().word())));
      case TooManySigningSecrets e ->
          status(
              Status.Code.FAILED_PRECONDITION,
              e.words(),
              info(
                  ErrorReason.TOO_MANY_SIGNING_SECRETS,
                  Map.of("next_expires_at", e.nextExpiry().toString())));
      case DatabaseUnavailable e -> {
        log.atWarn().log("a call found the database away");
        yield status(
            Status.Code.UNAVAILABLE, e.words(), info(ErrorReason.DATABASE_UNAVAILABLE, Map.of()));
      }
      case TooOld e ->
          status(
              Status.Code.OUT_OF_RANGE,
              e.words(),
              info(
                  ErrorReason.RESUME_TOKEN_TOO_OLD,
                  Map.of("oldest_resume_token", ResumeToken.behind(e.horizon()).text(""))));
      case WatcherTooSlow e ->
          status(Status.Code.ABORTED, e.words(), info(ErrorReason.WATCHER_TOO_SLOW, Map.of()));
      case NoSuchPath e ->
          status(Status.Code.NOT_FOUND, e.words(), info(ErrorReason.NO_SUCH_CALL, Map.of()));
      case MethodNotAllowed e ->
          status(Status.Code.UNIMPLEMENTED, e.words(), info(ErrorReason.NO_SUCH_CALL, Map.of()));
      case UnsupportedEncoding e ->
          status(
              Status.Code.INVALID_ARGUMENT,
              e.words(),
              info(ErrorReason.UNSUPPORTED_ENCODING, Map.of("content_encoding", e.encoding())));
      case Overloaded e ->
          status(Status.Code.UNAVAILABLE, e.words(), info(ErrorReason.OVERLOADED, Map.of()));
      case TooMuch e ->
          status(
              Status.Code.RESOURCE_EXHAUSTED, e.words(), info(ErrorReason.PROJECT_LIMIT, Map.of()));
      case TooSlow e ->
          status(
              Status.Code.DEADLINE_EXCEEDED,
              e.words(),
              info(ErrorReason.REQUEST_TOO_SLOW, Map.of()));
    };
  }

  /** Where the status of the gRPC code is not the one that HTTP has for it. */
  private static Optional<String> httpStatus(RefusedException refused) {
    return switch (refused) {
      case JobEnded _, TooManySigningSecrets _ -> Optional.of("409");
      case InvalidFields e when e.isOnlyTooLarge() -> Optional.of("413");
      case MethodNotAllowed _ -> Optional.of("405");
      case TooSlow _ -> Optional.of("408");
      case UnsupportedEncoding _ -> Optional.of("415");
      default -> Optional.empty();
    };
  }

  private static com.google.rpc.Status status(Status.Code code, String message, Any... details) {
    return com.google.rpc.Status.newBuilder()
        .setCode(code.value())
        .setMessage(message)
        .addAllDetails(List.of(details))
        .build();
  }

  private static Any info(ErrorReason reason, Map<String, String> metadata) {
    return Any.pack(
        ErrorInfo.newBuilder()
            .setReason(reason.name())
            .setDomain(DOMAIN)
            .putAllMetadata(metadata)
            .build());
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
