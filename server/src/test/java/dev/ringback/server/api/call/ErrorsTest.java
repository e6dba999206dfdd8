package dev.ringback.server.api.call;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import dev.ringback.server.api.Loopback;
import dev.ringback.server.api.read.ResumeToken;
import dev.ringback.server.api.read.Violations;
import dev.ringback.server.api.read.ViolationsTest;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
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
import dev.ringback.v1.GetJobRequest;
import dev.ringback.v1.Job;
import dev.ringback.v1.JobServiceGrpc;
import dev.ringback.v1.JobServiceGrpc.JobServiceImplBase;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
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

  /** What went wrong, and what the caller is told beside the words. */
  record Case(RuntimeException thrown, Reason reason, Map<String, String> metadata) {}

  private static Stream<Case> cases() {
    return Stream.of(
        new Case(new InvalidFields(List.of(NO_URL), false), Reason.INVALID_FIELDS, Map.of()),
        new Case(new InvalidFields(List.of(NO_URL), true), Reason.BODY_TOO_LARGE, Map.of()),
        new Case(
            new UnsupportedEncoding("gzip"),
            Reason.UNSUPPORTED_ENCODING,
            Map.of("content_encoding", "gzip")),
        new Case(
            new TooOld(7),
            Reason.RESUME_TOKEN_TOO_OLD,
            Map.of("oldest_resume_token", ResumeToken.behind(7).textForAnyFilter())),
        new Case(new TooSlow(), Reason.REQUEST_TOO_SLOW, Map.of()),
        new Case(new WatcherTooSlow(), Reason.WATCHER_TOO_SLOW, Map.of()),
        new Case(new InvalidApiKey(), Reason.API_KEY_INVALID, Map.of()),
        new Case(new NoSuchPath("GET", "/v2"), Reason.NO_SUCH_PATH, Map.of()),
        new Case(new MethodNotAllowed("PUT", Set.of("GET")), Reason.NO_SUCH_METHOD, Map.of()),
        new Case(new JobNotFound("job_x"), Reason.JOB_NOT_FOUND, Map.of("id", "job_x")),
        new Case(
            new ExecutionNotFound("exec_x"), Reason.EXECUTION_NOT_FOUND, Map.of("id", "exec_x")),
        new Case(
            new IdempotencyKeyReused(JOB),
            Reason.IDEMPOTENCY_KEY_REUSED,
            Map.of("job_id", JOB.toString())),
        new Case(
            new JobEnded(JOB, JobStatus.COMPLETED),
            Reason.JOB_ENDED,
            Map.of("id", JOB.toString(), "status", "completed")),
        new Case(
            new TooManySigningSecrets(Instant.parse("2027-01-01T00:00:00Z")),
            Reason.TOO_MANY_SIGNING_SECRETS,
            Map.of("next_expires_at", "2027-01-01T00:00:00Z")),
        new Case(new TooMuch("too many calls"), Reason.PROJECT_LIMIT, Map.of()),
        new Case(new Overloaded("too much in hand"), Reason.OVERLOADED, Map.of()),
        new Case(new Unavailable(), Reason.DATABASE_UNAVAILABLE, Map.of()));
  }

  @BeforeAll
  void start() throws IOException {
    loopback = new Loopback(server -> server.addService(new Failing()).intercept(new Errors()));
  }

  @AfterAll
  void stop() throws InterruptedException {
    requireNonNull(loopback).close();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyRefusalHasItsCodesAndReason(Case given) throws Exception {
    StatusRuntimeException e = call(given.thrown());
    assertThat(e.getStatus().getCode()).isEqualTo(given.reason().code());
    assertThat(e.getStatus().getDescription()).startsWith(given.thrown().getMessage());
    assertThat(status(e).getMessage()).isEqualTo(e.getStatus().getDescription());
    assertThat(status(e).getCode()).isEqualTo(given.reason().code().value());
    ErrorInfo info = info(e);
    assertThat(info.getReason()).isEqualTo(given.reason().word().name());
    assertThat(info.getDomain()).isEqualTo("ringback.dev");
    assertThat(info.getMetadataMap()).isEqualTo(given.metadata());
    assertThat(trailer(e, "x-http-status")).isEqualTo("" + given.reason().httpStatus());
    assertThat(trailer(e, "retry-after")).isEqualTo(given.reason().passes() ? "1" : null);
  }

  @Test
  void everyRefusalAndEveryReasonIsTold() {
    Set<Reason> reasons = EnumSet.allOf(Reason.class);
    cases().map(Case::reason).forEach(reasons::remove);
    // Has a test of its own below.
    assertThat(reasons).containsExactly(Reason.INTERNAL);
    assertThat(cases().<Class<?>>map(c -> c.thrown().getClass()).distinct())
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(refusals(Refusal.class), Stream.of(Unavailable.class)).toList());
  }

  private static Stream<Class<?>> refusals(Class<?> family) {
    return family.isSealed()
        ? Stream.of(family.getPermittedSubclasses()).flatMap(ErrorsTest::refusals)
        : Stream.of(family);
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
    StatusRuntimeException e = call(new JobNotFound("x".repeat(1 << 20)));
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
    assertThat(trailer(e, "x-http-status")).isEqualTo("500");
    assertThat(e.toString() + e.getTrailers() + status(e))
        .doesNotContain("jobs", "hunter2", "SQL", "IllegalState", "42P01");
  }

  @Test
  void whatIsSuppressedIsNotToldEither() throws Exception {
    Unavailable away = new Unavailable();
    away.addSuppressed(new SQLException(SQL, "08006"));
    StatusRuntimeException e = call(away);
    assertThat(e.toString() + e.getTrailers() + status(e)).doesNotContain("hunter2", "08006");
  }

  @Test
  void aCallWithoutAKeyIsChallenged() {
    assertThat(trailer(call(new InvalidApiKey()), "www-authenticate"))
        .isEqualTo("Bearer realm=\"ringback\"");
  }

  @Test
  void whatCanBeCalledIsTold() {
    MethodNotAllowed refused = new MethodNotAllowed("PUT", new TreeSet<>(Set.of("GET", "HEAD")));
    assertThat(trailer(call(refused), "allow")).isEqualTo("GET, HEAD");
  }

  private StatusRuntimeException call(RuntimeException thrown) {
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
}
