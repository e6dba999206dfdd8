package dev.ringback.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.api.HttpBody;
import dev.ringback.v1.BatchCreateJobsRequest;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.JobServiceGrpc;
import dev.ringback.v1.RotateSigningSecretRequest;
import dev.ringback.v1.SigningSecretServiceGrpc;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Which calls are made again: a table over all there are. */
class RepeatableTest {
  /** With what does not make them the same call when they are made again. All others are. */
  private static final Map<String, Object> ONCE =
      Map.of(
          "CreateJob", CreateJobRequest.getDefaultInstance(),
          "BatchCreateJobs",
              BatchCreateJobsRequest.newBuilder()
                  .addRequests(CreateJobRequest.newBuilder().setIdempotencyKey("k"))
                  .addRequests(CreateJobRequest.getDefaultInstance())
                  .build(),
          "Fetch", HttpBody.getDefaultInstance(),
          "RotateSigningSecret", RotateSigningSecretRequest.getDefaultInstance());

  static Stream<Arguments> methods() {
    return Stream.of(
            JobServiceGrpc.getServiceDescriptor(), SigningSecretServiceGrpc.getServiceDescriptor())
        .flatMap(service -> service.getMethods().stream())
        .filter(method -> method.getType().serverSendsOneMessage())
        .map(method -> Arguments.of(method.getBareMethodName(), method));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("methods")
  <Q, A> void isMadeAgainOrNotAsTheProtoFilesSay(String name, MethodDescriptor<Q, A> method) {
    @SuppressWarnings("unchecked") // A request of the method of this name.
    Q request = (Q) ONCE.getOrDefault(name, empty(method));
    // Nobody listens there, so that each try fails at once.
    Link nowhere = Link.plain("http://127.0.0.1:1", "127.0.0.1", 1);
    List<Retry> again = new ArrayList<>();
    Calls calls = new Calls(nowhere, "k", Duration.ofSeconds(30), 2, again::add);
    assertThatExceptionOfType(RingbackException.class)
        .isThrownBy(() -> calls.make(method, request))
        .satisfies(e -> assertThat(e.code()).isEqualTo(Code.UNAVAILABLE));
    nowhere.close();
    assertThat(again).hasSize(ONCE.containsKey(name) ? 0 : 1);
  }

  private static Object empty(MethodDescriptor<?, ?> method) {
    var marshaller = (PrototypeMarshaller<?>) method.getRequestMarshaller();
    return Objects.requireNonNull(marshaller.getMessagePrototype());
  }
}
