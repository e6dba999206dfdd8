package dev.ringback.server.api;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ringback.server.api.call.CallContext;
import dev.ringback.server.api.call.Errors;
import dev.ringback.server.store.StoreFixture;
import dev.ringback.v1.GetJobRequest;
import dev.ringback.v1.Job;
import dev.ringback.v1.JobServiceGrpc;
import dev.ringback.v1.JobServiceGrpc.JobServiceImplBase;
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
import java.util.Optional;
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
  private ApiKeys keys;
  private Loopback loopback;
  private String key = "";

  @BeforeEach
  void start() throws Exception {
    key = store.projects.createKey("blue");
    keys = new ApiKeys(store.projects, nanos::get);
    loopback =
        new Loopback(server ->
            server
                .addService(new Telling())
                .addService(new HealthStatusManager().getHealthService())
                .intercept(new Errors())
                .intercept(keys));
  }

  @AfterEach
  void stop() throws InterruptedException {
    loopback.close();
    keys.close();
  }

  /** Tells the caller's project as the job's id. */
  private static final class Telling extends JobServiceImplBase {
    @Override
    public void getJob(GetJobRequest request, StreamObserver<Job> answer) {
      String project = Integer.toString(CallContext.current().projectId());
      answer.onNext(Job.newBuilder().setId(project).build());
      answer.onCompleted();
    }
  }

  private String projectOf(@Nullable String authorization) {
    Metadata headers = new Metadata();
    if (authorization != null) {
      headers.put(CallContext.key("authorization"), authorization);
    }
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
    String other = store.projects.createKey("red");
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
  void takesAKeyThatIsMadeAfterItWasRefused() {
    isRefused("Bearer rb_sk_later");
    store.projects.bootstrap(Optional.of("rb_sk_later"));
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
