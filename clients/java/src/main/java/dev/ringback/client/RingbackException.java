package dev.ringback.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A call that failed: Ringback refused it, could not be reached, or did not answer in time. */
public final class RingbackException extends RuntimeException {
  private static final String DOMAIN = "ringback.dev";
  private static final Metadata.Key<String> RETRY_AFTER =
      Metadata.Key.of("retry-after", Metadata.ASCII_STRING_MARSHALLER);

  private final Code code;
  private final Details details;

  /**
   * A field of the request that is wrong.
   *
   * @param field its name, such as {@code url} or {@code requests[3].max_retries}
   * @param description what is right
   */
  public record FieldViolation(String field, String description) {}

  /** What Ringback adds to a code; all of it is empty where it was not Ringback that answered. */
  private record Details(
      String reason,
      Map<String, String> metadata,
      List<FieldViolation> fieldViolations,
      Duration retryAfter) {
    private static final Details NONE = new Details("", Map.of(), List.of(), Duration.ZERO);

    static Details of(Throwable e) {
      com.google.rpc.@Nullable Status status = StatusProto.fromThrowable(e);
      String reason = "";
      Map<String, String> metadata = new LinkedHashMap<>();
      List<FieldViolation> violations = new ArrayList<>();
      for (Any detail : status == null ? List.<Any>of() : status.getDetailsList()) {
        try {
          if (detail.is(ErrorInfo.class)) {
            ErrorInfo info = detail.unpack(ErrorInfo.class);
            if (info.getDomain().equals(DOMAIN)) {
              reason = info.getReason();
              metadata.putAll(info.getMetadataMap());
            }
          } else if (detail.is(BadRequest.class)) {
            detail.unpack(BadRequest.class).getFieldViolationsList().stream()
                .map(one -> new FieldViolation(one.getField(), one.getDescription()))
                .forEach(violations::add);
          }
        } catch (InvalidProtocolBufferException ignored) {
          // A detail that can't be read tells no more than its absence.
        }
      }
      return new Details(
          reason, Map.copyOf(metadata), List.copyOf(violations), retryAfter(e, reason));
    }

    private static Duration retryAfter(Throwable e, String reason) {
      if (!reason.equals(Reason.PROJECT_LIMIT.name())) {
        return Duration.ZERO;
      }
      Metadata trailers = Status.trailersFromThrowable(e);
      String seconds = trailers == null ? null : trailers.get(RETRY_AFTER);
      return Duration.ofSeconds(
          seconds != null && seconds.matches("\\d{1,6}") ? Long.parseLong(seconds) : 1);
    }
  }

  private RingbackException(String message, @Nullable Throwable cause, Code code, Details details) {
    super(message, cause);
    this.code = code;
    this.details = details;
  }

  /** One that arose in the client. */
  static RingbackException of(Code code, String words) {
    return new RingbackException(code + ": " + words, null, code, Details.NONE);
  }

  /**
   * The exception of a failed call; one that is of this class already is given back as it is.
   *
   * @param endpoint where the call went, which is told when nothing came from there
   */
  static RingbackException from(Throwable e, String endpoint) {
    if (e instanceof RingbackException known) {
      return known;
    }
    Status status = Status.fromThrowable(e);
    Details details = Details.of(e);
    Code code =
        details.reason().isEmpty() && Failures.isBroken(status) ? Code.UNAVAILABLE : code(status);
    return new RingbackException(
        message(code, details.reason(), status, endpoint), Failures.cause(status), code, details);
  }

  private static String message(Code code, String reason, Status status, String endpoint) {
    if (reason.isEmpty()) {
      return code + ": " + endpoint + ": " + Failures.words(status);
    }
    String where = code == Code.UNAVAILABLE ? endpoint + ": " : "";
    return "%s (%s): %s%s".formatted(code, reason, where, status.getDescription());
  }

  private static Code code(Status status) {
    try {
      return Code.valueOf(status.getCode().name());
    } catch (IllegalArgumentException e) {
      return Code.UNKNOWN;
    }
  }

  /** The same at the end of all tries, with their number and time if there is a point in it. */
  RingbackException tried(int times, Duration time) {
    if (times == 1 && !isTransient()) {
      return this;
    }
    String often = times == 1 ? "once" : times + " times";
    return new RingbackException(
        "%s; tried %s in %s".formatted(getMessage(), often, Durations.seconds(time)),
        getCause(),
        code,
        details);
  }

  /** Whether a call that is safe to repeat is made again after this. */
  boolean isTransient() {
    return code == Code.UNAVAILABLE || reason() == Reason.PROJECT_LIMIT;
  }

  /** How long Ringback asks to wait before the next try; zero if it does not. */
  Duration retryAfter() {
    return details.retryAfter();
  }

  /** How it failed, such as {@code NOT_FOUND}. */
  public Code code() {
    return code;
  }

  /**
   * Why, in a word to switch on. {@link Reason#UNKNOWN} where it was not Ringback that answered, or
   * for a reason that this client does not know.
   */
  public Reason reason() {
    for (Reason known : Reason.values()) {
      if (known.name().equals(details.reason())) {
        return known;
      }
    }
    return Reason.UNKNOWN;
  }

  /**
   * The reason as Ringback wrote it, also where this client does not know it. Empty where it was
   * not Ringback that answered.
   */
  public String reasonText() {
    return details.reason();
  }

  /** What belongs to the reason, such as the {@code id} of a job that was not found. */
  public Map<String, String> metadata() {
    return details.metadata();
  }

  /** All that is wrong with the request; empty unless the reason is {@code INVALID_FIELDS}. */
  public List<FieldViolation> fieldViolations() {
    return details.fieldViolations();
  }

  /**
   * Whether the same call may succeed a little later: Ringback was unavailable, a watcher was too
   * slow, or the project had as much in hand as it may. Only a call that changes nothing, or has an
   * idempotency key, is safe to repeat.
   */
  public boolean retryable() {
    return isTransient() || reason() == Reason.WATCHER_TOO_SLOW;
  }
}
