package dev.ringback.client;

import dev.ringback.v1.BatchCreateJobsRequest;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.RotateSigningSecretRequest;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;

/** Which calls do the same when they are made twice. */
final class Repeatable {
  static final Metadata.Key<String> IDEMPOTENCY_KEY =
      Metadata.Key.of("idempotency-key", Metadata.ASCII_STRING_MARSHALLER);

  private Repeatable() {}

  /**
   * Whether a call is one: its method is, as the proto files say, or what it carries makes it the
   * same call.
   */
  static boolean is(MethodDescriptor<?, ?> method, Object request, Metadata headers) {
    return method.isSafe() || method.isIdempotent() || isKeyed(request, headers);
  }

  /** Whether each job that a call creates has an idempotency key, or a rotation its secret. */
  private static boolean isKeyed(Object request, Metadata headers) {
    return switch (request) {
      case CreateJobRequest job -> isKeyed(job);
      case BatchCreateJobsRequest batch ->
          batch.getRequestsList().stream().allMatch(Repeatable::isKeyed);
      case RotateSigningSecretRequest rotation -> !rotation.getSecret().isEmpty();
      default -> headers.containsKey(IDEMPOTENCY_KEY);
    };
  }

  private static boolean isKeyed(CreateJobRequest job) {
    return !job.getIdempotencyKey().isEmpty();
  }
}
