package dev.ringback.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import java.io.IOException;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What gRPC says of a connection that fails, and what becomes of it. */
class FailuresTest {
  static Stream<Arguments> statuses() {
    Throwable closed = new ClosedChannelException().initCause(new IllegalStateException("inside"));
    return Stream.of(
        Arguments.of(
            Status.UNKNOWN.withDescription("channel closed").withCause(closed),
            "UNAVAILABLE: http://h: the connection was closed"),
        Arguments.of(
            Status.INTERNAL.withDescription(
                "RST_STREAM closed stream. HTTP/2 error code: INTERNAL_ERROR\nRst Stream"),
            "UNAVAILABLE: http://h: RST_STREAM closed stream. HTTP/2 error code: INTERNAL_ERROR"),
        Arguments.of(
            Status.UNAVAILABLE
                .withDescription("io exception\nChannel Pipeline: [a, b]")
                .withCause(new IOException(new SocketException("Connection reset"))),
            "UNAVAILABLE: http://h: connection reset"),
        Arguments.of(
            Status.UNAVAILABLE.withDescription("Network closed for unknown reason"),
            "UNAVAILABLE: http://h: the connection was closed"),
        Arguments.of(Status.UNAVAILABLE, "UNAVAILABLE: http://h: no further words"),
        Arguments.of(Status.INTERNAL.withDescription("a fault"), "INTERNAL: http://h: a fault"),
        Arguments.of(Status.UNKNOWN, "UNKNOWN: http://h: no further words"));
  }

  @ParameterizedTest
  @MethodSource("statuses")
  void isToldInWordsForPeople(Status status, String message) {
    RingbackException e = RingbackException.from(status.asRuntimeException(), "http://h");
    assertThat(e).hasMessage(message);
    assertThat(e.code().name()).isEqualTo(message.substring(0, message.indexOf(':')));
    assertThat(e.retryable()).isEqualTo(e.code() == Code.UNAVAILABLE);
  }

  @Test
  void aFaultOfRingbacksIsNoBrokenConnection() {
    var fault = FakeRingback.refusal(Status.Code.INTERNAL, "INTERNAL", Map.of("id", "1"));
    assertThat(RingbackException.from(fault, "http://h").code()).isEqualTo(Code.INTERNAL);
  }
}
