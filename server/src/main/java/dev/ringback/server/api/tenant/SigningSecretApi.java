package dev.ringback.server.api.tenant;

import dev.ringback.server.api.call.CallContext;
import dev.ringback.server.api.call.Reads;
import dev.ringback.server.api.message.Messages;
import dev.ringback.server.api.read.DurationField;
import dev.ringback.server.api.read.Violations;
import dev.ringback.server.job.SigningSecret;
import dev.ringback.server.store.tenant.SigningSecrets;
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
public final class SigningSecretApi extends SigningSecretServiceImplBase {
  private static final Duration DEFAULT_OVERLAP = Duration.ofHours(24);
  private static final Duration LONGEST_OVERLAP = Duration.ofDays(30);

  private final SigningSecrets secrets;
  private final Reads reads;

  public SigningSecretApi(SigningSecrets secrets, Reads reads) {
    this.secrets = secrets;
    this.reads = reads;
  }

  @Override
  public void listSigningSecrets(
      ListSigningSecretsRequest request, StreamObserver<ListSigningSecretsResponse> answer) {
    int project = CallContext.current().projectId();
    reads.answer(
        answer,
        () -> {
          ListSigningSecretsResponse.Builder response = ListSigningSecretsResponse.newBuilder();
          secrets.list(project).stream()
              .map(Messages::signingSecret)
              .forEach(response::addSigningSecrets);
          return response.build();
        });
  }

  @Override
  public void rotateSigningSecret(
      RotateSigningSecretRequest request, StreamObserver<dev.ringback.v1.SigningSecret> answer) {
    Violations violations = new Violations();
    Duration overlap =
        DurationField.read(
                "overlap", request.getOverlap(), Duration.ZERO, LONGEST_OVERLAP, violations)
            .orElse(DEFAULT_OVERLAP);
    Optional<byte[]> key = key(request.getSecret(), violations);
    violations.check();
    int project = CallContext.current().projectId();
    reads.answer(answer, () -> Messages.signingSecret(secrets.rotate(project, overlap, key)));
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
