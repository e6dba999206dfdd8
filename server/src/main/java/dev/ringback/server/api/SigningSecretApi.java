package dev.ringback.server.api;

import dev.ringback.server.job.SigningSecret;
import dev.ringback.server.store.SigningSecrets;
import dev.ringback.v1.ListSigningSecretsRequest;
import dev.ringback.v1.ListSigningSecretsResponse;
import dev.ringback.v1.RotateSigningSecretRequest;
import dev.ringback.v1.SigningSecretServiceGrpc.SigningSecretServiceImplBase;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Optional;

/**
 * The project's signing secrets.
 *
 * <p>Thread-safe; each call runs on a virtual thread of its own.
 */
final class SigningSecretApi extends SigningSecretServiceImplBase {
  private static final Duration DEFAULT_OVERLAP = Duration.ofHours(24);
  private static final Duration LONGEST_OVERLAP = Duration.ofDays(30);

  private final SigningSecrets secrets;

  SigningSecretApi(SigningSecrets secrets) {
    this.secrets = secrets;
  }

  @Override
  public void listSigningSecrets(
      ListSigningSecretsRequest request, StreamObserver<ListSigningSecretsResponse> answer) {
    ListSigningSecretsResponse.Builder response = ListSigningSecretsResponse.newBuilder();
    secrets.list(CallContext.current().projectId()).stream()
        .map(Messages::signingSecret)
        .forEach(response::addSigningSecrets);
    answer.onNext(response.build());
    answer.onCompleted();
  }

  @Override
  public void rotateSigningSecret(
      RotateSigningSecretRequest request, StreamObserver<dev.ringback.v1.SigningSecret> answer) {
    Violations violations = new Violations();
    Duration overlap =
        JobSpecReader.duration(
            "overlap",
            request.getOverlap(),
            DEFAULT_OVERLAP,
            Duration.ZERO,
            LONGEST_OVERLAP,
            violations);
    Optional<byte[]> key = key(request.getSecret(), violations);
    violations.check();
    SigningSecret made = secrets.rotate(CallContext.current().projectId(), overlap, key);
    answer.onNext(Messages.signingSecret(made));
    answer.onCompleted();
  }

  private static Optional<byte[]> key(String text, Violations violations) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Optional<byte[]> key = SigningSecret.parse(text);
    if (key.isEmpty()) {
      violations.add("secret", "must be whsec_ and the base64 of 24 to 64 bytes");
    }
    return key;
  }
}
