package dev.ringback.server.api;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.job.RefusedException;
import dev.ringback.server.job.RefusedException.InvalidFields;
import dev.ringback.server.job.RefusedException.Violation;
import dev.ringback.v1.ErrorReason;
import dev.ringback.v1.GetJobRequest;
import dev.ringback.v1.Job;
import dev.ringback.v1.JobServiceGrpc;
import dev.ringback.v1.JobServiceGrpc.JobServiceImplBase;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a real gRPC client sees, with its limits as they are by default. */
@Timeout(30)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ErrorsTest {
  private static final JobId JOB =
      new JobId(UUID.fromString("01890a5d-ac96-774b-bcce-b302099a8057"));
  private static final Violation NO_URL = new Violation("url", "is required");
  private static final String SQL = "ERROR: relation \"jobs\" does not exist, password=hunter2";

  private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
  private @Nullable Loopback loopback;

  /** One refusal, and what its caller is told. */
  record Case(
      RefusedException refused,
      Status.Code code,
      ErrorReason reason,
      Map<String, String> metadata,
      @Nullable String httpStatus) {}

  private static Stream<Case> cases() {
    return Stream.of(
        new Case(
            new InvalidFields(List.of(NO_URL), false),
            Status.Code.INVALID_ARGUMENT,
            ErrorReason.INVALID_FIELDS,
            Map.of(),
            null),
        new Case(
            new InvalidFields(List.of(new Violation("body", "is too large")), true),
            Status.Code.INVALID_ARGUMENT,
            ErrorReason.INVALID_FIELDS,
            Map.of(),
            "413"),
        new Case(
            new RefusedException.JobNotFound("job_x"),
            Status.Code.NOT_FOUND,
            ErrorReason.JOB_NOT_FOUND,
            Map.of("id", "job_x"),
            null),
        new Case(
            new RefusedException.IdempotencyKeyReused(JOB),
            Status.Code.ALREADY_EXISTS,
            ErrorReason.IDEMPOTENCY_KEY_REUSED,
            Map.of("job_id", JOB.toString()),
            null),
        new Case(
            new RefusedException.JobEnded(JOB, JobStatus.COMPLETED),
            Status.Code.FAILED_PRECONDITION,
            ErrorReason.JOB_ENDED,
            Map.of("id", JOB.toString(), "status", "completed"),
            "409"),
        new Case(
            new RefusedException.TooManySigningSecrets(Instant.parse("2027-01-01T00:00:00Z")),
            Status.Code.FAILED_PRECONDITION,
            ErrorReason.TOO_MANY_SIGNING_SECRETS,
            Map.of("next_expires_at", "2027-01-01T00:00:00Z"),
            "409"),
        new Case(
            new RefusedException.DatabaseUnavailable(),
            Status.Code.UNAVAILABLE,
            ErrorReason.DATABASE_UNAVAILABLE,
            Map.of(),
            null),
        new Case(
            new RefusedException.Overloaded("too much in hand"),
            Status.Code.UNAVAILABLE,
            ErrorReason.OVERLOADED,
            Map.of(),
            null),
        new Case(
            new RefusedException.TooMuch("too many calls"),
            Status.Code.RESOURCE_EXHAUSTED,
            ErrorReason.PROJECT_LIMIT,
            Map.of(),
            null),
        new Case(
            new RefusedException.TooSlow(),
            Status.Code.DEADLINE_EXCEEDED,
            ErrorReason.REQUEST_TOO_SLOW,
            Map.of(),
            "408"),
        new Case(
            new RefusedException.NoSuchPath("GET", "/v2"),
            Status.Code.NOT_FOUND,
            ErrorReason.NO_SUCH_CALL,
            Map.of(),
            null),
        new Case(
            new RefusedException.MethodNotAllowed("PUT", Set.of("GET")),
            Status.Code.UNIMPLEMENTED,
            ErrorReason.NO_SUCH_CALL,
            Map.of(),
            "405"),
        new Case(
            new RefusedException.UnsupportedEncoding("gzip"),
            Status.Code.INVALID_ARGUMENT,
            ErrorReason.UNSUPPORTED_ENCODING,
            Map.of("content_encoding", "gzip"),
            "415"),
        new Case(
            new RefusedException.TooOld(7),
            Status.Code.OUT_OF_RANGE,
            ErrorReason.RESUME_TOKEN_TOO_OLD,
            Map.of("oldest_resume_token", ResumeToken.behind(7).text("")),
            null),
        new Case(
            new RefusedException.WatcherTooSlow(),
            Status.Code.ABORTED,
            ErrorReason.WATCHER_TOO_SLOW,
            Map.of(),
            null));
  }

  @BeforeAll
  void start() throws IOException {
    loopback =
        new Loopback(server ->
            server.addService(new Failing()).intercept(new Errors()).intercept(new Door()));
  }

  @AfterAll
  void stop() throws InterruptedException {
    requireNonNull(loopback).close();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyRefusalHasItsCodeAndReason(Case given) throws Exception {
    StatusRuntimeException e = call(given.refused());
    assertThat(e.getStatus().getCode()).isEqualTo(given.code());
    assertThat(e.getStatus().getDescription()).isEqualTo(given.refused().words());
    assertThat(status(e).getMessage()).isEqualTo(given.refused().words());
    assertThat(status(e).getCode()).isEqualTo(given.code().value());
    ErrorInfo info = info(e);
    assertThat(info.getReason()).isEqualTo(given.reason().name());
    assertThat(info.getDomain()).isEqualTo("ringback.dev");
    assertThat(info.getMetadataMap()).isEqualTo(given.metadata());
    assertThat(trailer(e, "x-http-status")).isEqualTo(given.httpStatus());
  }

  @Test
  void everyReasonIsTold() {
    Set<ErrorReason> reasons = new HashSet<>(Set.of(ErrorReason.values()));
    cases().map(Case::reason).forEach(reasons::remove);
    assertThat(reasons)
        .containsExactlyInAnyOrder(
            ErrorReason.ERROR_REASON_UNSPECIFIED,
            ErrorReason.UNRECOGNIZED,
            // Have tests of their own below.
            ErrorReason.API_KEY_INVALID,
            ErrorReason.INTERNAL);
    assertThat(cases().<Class<?>>map(c -> c.refused().getClass()).distinct())
        .containsExactlyInAnyOrder(RefusedException.class.getPermittedSubclasses());
  }

  @Test
  void everyViolationIsListed() throws Exception {
    Violation other = new Violation("headers[ä\r\n]", "has an invalid name");
    StatusRuntimeException e = call(new InvalidFields(List.of(NO_URL, other), false));
    BadRequest request = status(e).getDetails(1).unpack(BadRequest.class);
    assertThat(request.getFieldViolationsList())
        .extracting(v -> new Violation(v.getField(), v.getDescription()))
        .containsExactly(NO_URL, other);
    assertThat(status(e).getMessage())
        .isEqualTo("url: is required; headers[ä\r\n]: has an invalid name");
  }

  @Test
  void theLongestListOfViolationsArrives() throws Exception {
    for (String text : List.of("a", "ä", "\uD83D\uDE00")) {
      Violations violations = new Violations();
      for (int i = 0; i < 1_000; i++) {
        violations.add("headers[" + text.repeat(1_000) + i + "]", text.repeat(1_000));
      }
      List<Violation> told = ViolationsTest.told(violations);
      StatusRuntimeException e = call(new InvalidFields(told, false));
      assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
      assertThat(status(e).getDetails(1).unpack(BadRequest.class).getFieldViolationsCount())
          .isEqualTo(told.size());
    }
  }

  @Test
  void anEndlessIdIsToldInShort() throws Exception {
    StatusRuntimeException e = call(new RefusedException.JobNotFound("x".repeat(1 << 20)));
    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(info(e).getMetadataOrThrow("id")).startsWith("xxx").hasSizeLessThan(150);
  }

  @Test
  void aFaultTellsNothingOfItsCause() throws Exception {
    StatusRuntimeException e = call(new IllegalStateException(SQL, new SQLException(SQL, "42P01")));
    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
    ErrorInfo info = info(e);
    assertThat(info.getReason()).isEqualTo("INTERNAL");
    String id = info.getMetadataOrThrow("id");
    assertThat(UUID.fromString(id)).hasToString(id);
    assertThat(e.getStatus().getDescription())
        .isEqualTo("a fault in Ringback; its log has the cause under " + id);
    assertThat(status(e).getDetailsCount()).isEqualTo(1);
    assertThat(trailer(e, "x-http-status")).isNull();
    assertThat(e.toString() + e.getTrailers() + status(e))
        .doesNotContain("jobs", "hunter2", "SQL", "IllegalState", "42P01");
  }

  @Test
  void whatIsSuppressedInARefusalIsNotToldEither() throws Exception {
    RefusedException refused = new RefusedException.DatabaseUnavailable();
    refused.addSuppressed(new SQLException(SQL, "08006"));
    StatusRuntimeException e = call(refused);
    assertThat(e.toString() + e.getTrailers() + status(e)).doesNotContain("hunter2", "08006");
  }

  @Test
  void aCallWithoutAKeyIsChallenged() throws Exception {
    StatusRuntimeException e = call(null);
    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
    assertThat(info(e).getReason()).isEqualTo("API_KEY_INVALID");
    assertThat(trailer(e, "www-authenticate")).isEqualTo("Bearer realm=\"ringback\"");
  }

  /** Null: is not even let in. */
  private StatusRuntimeException call(@Nullable RuntimeException thrown) {
    failure.set(thrown);
    var stub =
        JobServiceGrpc.newBlockingStub(requireNonNull(loopback).channel)
            .withDeadlineAfter(10, TimeUnit.SECONDS);
    return catchThrowableOfType(
        StatusRuntimeException.class, () -> stub.getJob(GetJobRequest.getDefaultInstance()));
  }

  private static com.google.rpc.Status status(StatusRuntimeException e) {
    return requireNonNull(StatusProto.fromThrowable(e));
  }

  private static ErrorInfo info(StatusRuntimeException e) throws InvalidProtocolBufferException {
    return status(e).getDetails(0).unpack(ErrorInfo.class);
  }

  private static @Nullable String trailer(StatusRuntimeException e, String name) {
    Metadata trailers = e.getTrailers();
    return trailers == null ? null : trailers.get(CallContext.key(name));
  }

  private final class Failing extends JobServiceImplBase {
    @Override
    public void getJob(GetJobRequest request, StreamObserver<Job> answer) {
      throw requireNonNull(failure.get());
    }
  }

  private final class Door implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      if (failure.get() == null) {
        Errors.closeUnauthenticated(call);
        return new ServerCall.Listener<>() {};
      }
      return next.startCall(call, headers);
    }
  }
}
