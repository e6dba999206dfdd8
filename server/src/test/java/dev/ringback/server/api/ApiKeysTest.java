package dev.ringback.server.api;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ringback.server.Await;
import dev.ringback.server.api.call.CallContext;
import dev.ringback.server.api.call.Errors;
import dev.ringback.server.refusal.Denied.InvalidApiKey;
import dev.ringback.server.store.StoreFixture;
import dev.ringback.v1.GetJobRequest;
import dev.ringback.v1.Job;
import dev.ringback.v1.JobServiceGrpc;
import dev.ringback.v1.JobServiceGrpc.JobServiceImplBase;
import dev.ringback.v1.WatchJobsRequest;
import dev.ringback.v1.WatchMessage;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The door: whom it lets in, as a real gRPC client sees it. */
@Timeout(30)
final class ApiKeysTest {
  @RegisterExtension private final StoreFixture store = new StoreFixture();

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1);
  private final Map<String, BlockingQueue<Boolean>> turns = new ConcurrentHashMap<>();
  private ApiKeys keys;
  private Loopback loopback;
  private String key = "";

  @BeforeEach
  void start() throws Exception {
    key = store.keys.create("blue");
    keys = new ApiKeys(store.keys, nanos::get);
    loopback =
        new Loopback(server ->
            server
                .addService(new Telling())
                .addService(new HealthStatusManager().getHealthService())
                .intercept(new Errors())
                .intercept(new Revocation(keys))
                .intercept(keys));
  }

  @AfterEach
  void stop() throws InterruptedException {
    loopback.close();
    keys.close();
  }

  /** Tells the caller's project as the job's id; in a stream, each time that it is let. */
  private final class Telling extends JobServiceImplBase {
    @Override
    public void getJob(GetJobRequest request, StreamObserver<Job> answer) {
      String project = Integer.toString(CallContext.current().projectId());
      answer.onNext(Job.newBuilder().setId(project).build());
      answer.onCompleted();
    }

    @Override
    public void watchJobs(WatchJobsRequest request, StreamObserver<WatchMessage> answer) {
      try {
        while (turns(request.getResumeToken()).take()) {
          answer.onNext(WatchMessage.getDefaultInstance());
        }
        answer.onCompleted();
      } catch (InvalidApiKey e) {
        answer.onError(Status.UNAUTHENTICATED.asRuntimeException());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private BlockingQueue<Boolean> turns(String stream) {
    return turns.computeIfAbsent(stream, _ -> new LinkedBlockingQueue<>());
  }

  /** A stream that was begun with the key. */
  private record Stream(BlockingQueue<Boolean> turns, Iterator<WatchMessage> messages) {
    /** Lets it tell a message; whether one comes. */
    boolean tells() {
      turns.add(true);
      return messages.hasNext() && messages.next() != null;
    }

    void isRefused() {
      var refused = catchThrowableOfType(StatusRuntimeException.class, this::tells);
      assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
    }
  }

  private Stream stream(String name) {
    var messages =
        JobServiceGrpc.newBlockingStub(loopback.channel)
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(bearer("Bearer " + key)))
            .withDeadlineAfter(20, TimeUnit.SECONDS)
            .watchJobs(WatchJobsRequest.newBuilder().setResumeToken(name).build());
    return new Stream(turns(name), messages);
  }

  private static Metadata bearer(String authorization) {
    Metadata headers = new Metadata();
    headers.put(CallContext.key("authorization"), authorization);
    return headers;
  }

  private String projectOf(@Nullable String authorization) {
    Metadata headers = authorization == null ? new Metadata() : bearer(authorization);
    return JobServiceGrpc.newBlockingStub(loopback.channel)
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
        .withDeadlineAfter(10, TimeUnit.SECONDS)
        .getJob(GetJobRequest.getDefaultInstance())
        .getId();
  }

  private void isRefused(@Nullable String authorization) {
    var refused =
        catchThrowableOfType(StatusRuntimeException.class, () -> projectOf(authorization));
    assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
    assertThat(requireNonNull(refused.getTrailers()).get(CallContext.key("www-authenticate")))
        .isEqualTo("Bearer realm=\"ringback\"");
    assertThat(refused.toString()).doesNotContain(key);
  }

  private String blue() {
    return store.projectOf(key).orElseThrow().toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Bearer ", "bearer ", "BEARER ", "Bearer   "})
  void letsAKeyInByItsScheme(String scheme) {
    assertThat(projectOf(scheme + key)).isEqualTo(blue());
  }

  @Test
  void tellsEachKeysProject() {
    String other = store.keys.create("red");
    assertThat(projectOf("Bearer " + key)).isEqualTo(blue());
    assertThat(projectOf("Bearer " + other))
        .isEqualTo(store.projectOf(other).orElseThrow().toString())
        .isNotEqualTo(blue());
    assertThat(projectOf("Bearer " + key)).isEqualTo(blue());
  }

  @Test
  void refusesWhatIsNoKey() {
    isRefused(null);
    isRefused("");
    isRefused("Bearer");
    isRefused("Bearer ");
    isRefused("Bearer " + key + "x");
    isRefused("Bearer rb_sk_unknown");
    isRefused("Bearer " + key + ", Bearer " + key);
  }

  @Test
  void refusesOtherSchemes() {
    isRefused(key);
    isRefused("Basic " + key);
    isRefused("Bearer" + key);
    isRefused("Bearers " + key);
  }

  @Test
  void trustsAKeyNoLongerThanItSays() throws Exception {
    assertThat(projectOf("Bearer " + key)).isEqualTo(blue());
    String blue = blue();
    store.execute("delete from api_keys");
    nanos.addAndGet(ApiKeys.TRUSTED.minus(Duration.ofNanos(1)).toNanos());
    assertThat(projectOf("Bearer " + key)).isEqualTo(blue);
    nanos.addAndGet(1);
    isRefused("Bearer " + key);
  }

  @Test
  void endsTheStreamsOfARevokedKey() throws Exception {
    Stream first = stream("first");
    assertThat(first.tells()).isTrue();
    Stream second = stream("second");
    assertThat(second.tells()).isTrue();
    store.execute("delete from api_keys");
    nanos.addAndGet(ApiKeys.TRUSTED.minus(Duration.ofNanos(1)).toNanos());
    assertThat(second.tells()).isTrue();
    nanos.addAndGet(1);
    first.isRefused();
    second.isRefused();
  }

  @Test
  void aStreamGoesOnWhileItsKeyCantBeLookedUp() throws Exception {
    Stream stream = stream("only");
    assertThat(stream.tells()).isTrue();
    store.execute("alter table api_keys rename to away");
    for (int i = 0; i < 2; i++) {
      nanos.addAndGet(ApiKeys.TRUSTED.toNanos());
      assertThat(stream.tells()).isTrue();
    }
    store.execute("alter table away rename to api_keys");
    assertThat(stream.tells()).isTrue();
    store.execute("delete from api_keys");
    nanos.addAndGet(ApiKeys.TRUSTED.toNanos());
    stream.isRefused();
  }

  @Test
  void notesThatAKeyIsUsed() throws Exception {
    assertThat(store.count("api_keys where last_used_at is not null")).isZero();
    isRefused("Bearer rb_sk_unknown");
    projectOf("Bearer " + key);
    Await.until(
        "its use is on record", () -> store.count("api_keys where last_used_at is not null") == 1);
    assertThat(store.keys.find(List.of(key)).getFirst().orElseThrow().isUseDue()).isFalse();
  }

  @Test
  void letsAKeyInWhoseUseCantBeNoted() throws Exception {
    store.execute("create sequence tries");
    store.execute(
        """
        create function fail() returns trigger language plpgsql as
          $$ begin perform nextval('ringback.tries'); raise 'disk full' using errcode = '53100'; end $$
        """);
    store.execute(
        "create trigger fail before update on api_keys for each row execute function fail()");
    for (int tries = 1; tries <= 2; tries++) {
      assertThat(projectOf("Bearer " + key)).isEqualTo(blue());
      int all = tries;
      Await.until(
          "it was tried",
          () ->
              store
                  .value("select case when is_called then last_value end from tries")
                  .equals("" + all));
      nanos.addAndGet(ApiKeys.TRUSTED.toNanos());
    }
    assertThat(store.count("api_keys where last_used_at is not null")).isZero();
  }

  @Test
  void takesAKeyThatIsMadeAfterItWasRefused() {
    isRefused("Bearer rb_sk_later");
    store.keys.bootstrap(Optional.of("rb_sk_later"));
    assertThat(projectOf("Bearer rb_sk_later")).isEqualTo(Integer.toString(store.project));
  }

  @Test
  void isOpenToWhoAsksForHealth() {
    var health =
        HealthGrpc.newBlockingStub(loopback.channel).withDeadlineAfter(10, TimeUnit.SECONDS);
    assertThat(health.check(HealthCheckRequest.getDefaultInstance()).getStatus())
        .isEqualTo(ServingStatus.SERVING);
  }
}
