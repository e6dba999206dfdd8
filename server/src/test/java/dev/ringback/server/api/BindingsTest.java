package dev.ringback.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ringback.server.api.Bindings.Match;
import dev.ringback.server.refusal.NotFound.MethodNotAllowed;
import dev.ringback.server.refusal.NotFound.NoSuchPath;
import dev.ringback.v1.EventStreamServiceGrpc.EventStreamServiceImplBase;
import dev.ringback.v1.JobServiceGrpc.JobServiceImplBase;
import dev.ringback.v1.SigningSecretServiceGrpc.SigningSecretServiceImplBase;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BindingsTest {
  private final Bindings bindings =
      new Bindings(
          List.of(
              new JobServiceImplBase() {}.bindService(),
              new EventStreamServiceImplBase() {}.bindService(),
              new SigningSecretServiceImplBase() {}.bindService()));

  @ParameterizedTest
  @CsvSource({
    "POST,   /v1/jobs,               CreateJob,       ''",
    "POST,   /v1/jobs/,              CreateJob,       ''",
    "POST,   /jobs,                  CreateJob,       ''",
    "POST,   /api/v1/queue,          CreateJob,       ''",
    "POST,   /v1/jobs:batchCreate,   BatchCreateJobs, ''",
    "GET,    /v1/jobs,               ListJobs,        ''",
    "HEAD,   /v1/jobs,               ListJobs,        ''",
    "GET,    /v1/jobs:watch,         StreamJobs,      ''",
    "GET,    /v1/jobs/a,             GetJob,          a",
    "GET,    /jobs/a%2Fb,            GetJob,          a%2Fb",
    "GET,    /v1/jobs/a:b,           GetJob,          a:b",
    "GET,    /v1/jobs/a:watch,       StreamJob,       a",
    "GET,    /v1/jobs/a:b:watch,     StreamJob,       a:b",
    "GET,    /v1/jobs/a:await,       AwaitJob,        a",
    "DELETE, /v1/jobs/a,             CancelJob,       a",
    "POST,   /v1/jobs/a:cancel,      CancelJob,       a",
    "GET,    /v1/jobs/a/attempts,    ListAttempts,    a",
    "PATCH,  /v1/fetch,              Fetch,           ''",
    "GET,    /v1/fetch,              Fetch,           ''",
    "POST,   /v1/signing-secrets:rotate, RotateSigningSecret, ''",
  })
  void findsTheCall(String method, String path, String call, String id) {
    Match match = bindings.find(method, path);
    assertThat(match.binding().call().getMethodDescriptor().getBareMethodName()).isEqualTo(call);
    assertThat(match.values().values().stream().findFirst().orElse("")).isEqualTo(id);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "*",
        "/v1",
        "/v2/jobs",
        "/v1//jobs",
        "/v1/jobs//",
        "/v1/jobs/a/b/c",
        "v1/nothing"
      })
  void nothingIsElsewhere(String path) {
    assertThatThrownBy(() -> bindings.find("GET", path))
        .isInstanceOf(NoSuchPath.class)
        .hasMessage("there is no GET " + path);
  }

  @ParameterizedTest
  @CsvSource({
    "PUT,    /v1/jobs,           'GET, HEAD, POST'",
    "HEAD,   /v1/jobs:batchCreate, POST",
    "POST,   /v1/jobs/a/attempts, 'GET, HEAD'",
    "BREW,   /api/v1/queue,      POST",
  })
  void saysWhatIsAllowed(String method, String path, String allowed) {
    var refused = catchThrowableOfType(MethodNotAllowed.class, () -> bindings.find(method, path));
    assertThat(String.join(", ", refused.allowed())).isEqualTo(allowed);
  }
}
