package dev.ringback.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.api.HttpBody;
import dev.ringback.v1.BatchCreateJobsRequest;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.JobServiceGrpc;
import dev.ringback.v1.RotateSigningSecretRequest;
import dev.ringback.v1.SigningSecretServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.Status;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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
    Away away = new Away();
    Calls calls = new Calls(away, () -> {}, Duration.ofSeconds(30), 2);
    assertThatExceptionOfType(RingbackException.class)
        .isThrownBy(() -> calls.make(method, request))
        .satisfies(e -> assertThat(e.code()).isEqualTo(Status.Code.UNAVAILABLE));
    assertThat(away.calls).isEqualTo(ONCE.containsKey(name) ? 1 : 2);
  }

  private static Object empty(MethodDescriptor<?, ?> method) {
    var marshaller = (PrototypeMarshaller<?>) method.getRequestMarshaller();
    return Objects.requireNonNull(marshaller.getMessagePrototype());
  }

  /** A Ringback that is not there; counts the calls that look for it. */
  private static final class Away extends Channel {
    private int calls;

    @Override
    public <Q, A> ClientCall<Q, A> newCall(MethodDescriptor<Q, A> method, CallOptions options) {
      calls++;
      return new ClientCall<>() {
        @Override
        public void start(Listener<A> caller, Metadata headers) {
          caller.onClose(Status.UNAVAILABLE, new Metadata());
        }

        @Override
        public void request(int messages) {}

        @Override
        public void cancel(@Nullable String message, @Nullable Throwable cause) {}

        @Override
        public void halfClose() {}

        @Override
        public void sendMessage(Q message) {}
      };
    }

    @Override
    public String authority() {
      return "away";
    }
  }
}
