package dev.ringback.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import dev.ringback.v1.ErrorReason;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A call that failed: Ringback refused it, could not be reached, or did not answer in time. */
public final class RingbackException extends RuntimeException {
  private static final String DOMAIN = "ringback.dev";

  private final Status.Code code;
  private final String reason;
  private final Map<String, String> metadata;
  private final List<FieldViolation> fieldViolations;

  /**
   * A field of the request that is wrong.
   *
   * @param field its name, such as {@code url} or {@code requests[3].max_retries}
   * @param description what is right
   */
  public record FieldViolation(String field, String description) {}

  private RingbackException(
      String message,
      Throwable cause,
      Status.Code code,
      String reason,
      Map<String, String> metadata,
      List<FieldViolation> fieldViolations) {
    super(message, cause);
    this.code = code;
    this.reason = reason;
    this.metadata = Map.copyOf(metadata);
    this.fieldViolations = List.copyOf(fieldViolations);
  }

  /** The exception of a failed call; one that is of this class already is given back as it is. */
  static RingbackException from(Throwable e) {
    if (e instanceof RingbackException known) {
      return known;
    }
    Status status = Status.fromThrowable(e);
    String reason = "";
    Map<String, String> metadata = new LinkedHashMap<>();
    List<FieldViolation> violations = new ArrayList<>();
    com.google.rpc.@Nullable Status details = StatusProto.fromThrowable(e);
    for (Any detail : details == null ? List.<Any>of() : details.getDetailsList()) {
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
    String words = status.getDescription() == null ? "no further words" : status.getDescription();
    String message =
        status.getCode() + (reason.isEmpty() ? "" : " (" + reason + ")") + ": " + words;
    return new RingbackException(message, e, status.getCode(), reason, metadata, violations);
  }

  /** The gRPC code, such as {@code NOT_FOUND}. */
  public Status.Code code() {
    return code;
  }

  /**
   * Why, in a word to switch on: a name of {@link ErrorReason}, which says what each means. Empty
   * where it was not Ringback that answered; new ones may come.
   */
  public String reason() {
    return reason;
  }

  /** Whether this is the reason. */
  public boolean is(ErrorReason wanted) {
    return reason.equals(wanted.name());
  }

  /** What belongs to the reason, such as the {@code id} of a job that was not found. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /** All that is wrong with the request; empty unless the reason is {@code INVALID_FIELDS}. */
  public List<FieldViolation> fieldViolations() {
    return fieldViolations;
  }

  /**
   * Whether the same call may succeed a little later: Ringback was unavailable, a watcher was too
   * slow, or the project had as much in hand as it may. Only a call that changes nothing, or has an
   * idempotency key, is safe to repeat.
   */
  public boolean retryable() {
    return code == Status.Code.UNAVAILABLE
        || is(ErrorReason.WATCHER_TOO_SLOW)
        || is(ErrorReason.PROJECT_LIMIT);
  }
}
