package dev.ringback.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.v1.EventStreamServiceGrpc.EventStreamServiceImplBase;
import dev.ringback.v1.JobServiceGrpc.JobServiceImplBase;
import dev.ringback.v1.SigningSecretServiceGrpc.SigningSecretServiceImplBase;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code EnvoyRepeatsTest} has the table over all calls. */
class RoutesTest {
  private final Map<String, String> routes =
      Routes.of(
          List.of(
              new JobServiceImplBase() {}.bindService(),
              new EventStreamServiceImplBase() {}.bindService(),
              new SigningSecretServiceImplBase() {}.bindService()));

  private boolean matches(String name, String value) {
    return value.matches(Objects.requireNonNull(routes.get(name)));
  }

  @ParameterizedTest
  @CsvSource({
    "/ringback.v1.JobService/GetJob, true, false",
    "/ringback.v1.JobService/CancelJob, true, false",
    "/ringback.v1.JobService/CreateJob, false, false",
    "/ringback.v1.JobService/WatchJob, false, true",
    "/ringback.v1.EventStreamService/StreamJobs, false, true",
    "/ringback.v1.SigningSecretService/ListSigningSecrets, true, false",
    "/ringback.v1.SigningSecretService/RotateSigningSecret, false, false",
    "/ringback_v1.JobService/GetJob, false, false",
    "/ringback.v1.JobService/GetJobs, false, false",
  })
  void saysWhatAGrpcCallIs(String path, boolean repeatable, boolean stream) {
    assertThat(matches("REPEATABLE", path)).isEqualTo(repeatable);
    assertThat(matches("STREAMS", path)).isEqualTo(stream);
  }

  @ParameterizedTest
  @CsvSource({
    "GET /v1/jobs, true",
    "HEAD /v1/jobs/, true",
    "GET /v1/jobs/job_1, true",
    "GET /v1/jobs/job_1:await, true",
    "GET /v1/jobs/job_1/attempts, true",
    "DELETE /jobs/job_1, true",
    "POST /v1/jobs/job_1:cancel, true",
    "POST /v1/jobs/job_1, false",
    "POST /v1/jobs, false",
    "POST /v1/signing-secrets:rotate, false",
    // A relay, whatever its method.
    "GET /v1/fetch, false",
    "DELETE /v1/fetch, false",
    // What stands behind a colon could be the verb of another call.
    "GET /v1/jobs/job_1:run, false",
    "GET /v1/jobs:watch, false",
    "GET /v1/jobs//, false",
    "GET /v2/jobs, false",
  })
  void saysWhatARestCallIs(String request, boolean repeatable) {
    assertThat(matches("REPEATABLE_REST", request)).isEqualTo(repeatable);
  }
}
