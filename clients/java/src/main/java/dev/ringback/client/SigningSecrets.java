package dev.ringback.client;

import dev.ringback.v1.ListSigningSecretsRequest;
import dev.ringback.v1.RotateSigningSecretRequest;
import dev.ringback.v1.SigningSecretServiceGrpc;
import java.time.Duration;
import java.util.List;

/**
 * The secrets that the project's callbacks are signed with.
 *
 * <p>Every method throws {@link RingbackException} when its call fails. Thread-safe.
 */
public final class SigningSecrets {
  private final Calls calls;

  SigningSecrets(Calls calls) {
    this.calls = calls;
  }

  /** The secrets that sign now, newest first; from 1 to 5. */
  public List<SigningSecret> list() {
    var request = ListSigningSecretsRequest.getDefaultInstance();
    return calls
        .make(SigningSecretServiceGrpc.getListSigningSecretsMethod(), request)
        .getSigningSecretsList()
        .stream()
        .map(Messages::signingSecret)
        .toList();
  }

  /** The texts of those secrets, as a verifier takes them. */
  public List<String> secrets() {
    return list().stream().map(SigningSecret::secret).toList();
  }

  /**
   * Makes a new secret. The client does not repeat this call, since each makes another secret.
   *
   * @param overlap how long the secrets before it go on to sign, at most 30 days; zero ends them at
   *     once
   */
  public SigningSecret rotate(Duration overlap) {
    var request =
        RotateSigningSecretRequest.newBuilder().setOverlap(Durations.text("overlap", overlap));
    return rotate(request.build());
  }

  /**
   * Makes a secret of your own the newest. Changes nothing if it is that already.
   *
   * @param overlap as above
   * @param secret {@code whsec_} and the base64 of 24 to 64 bytes
   */
  public SigningSecret rotate(Duration overlap, String secret) {
    var request =
        RotateSigningSecretRequest.newBuilder()
            .setOverlap(Durations.text("overlap", overlap))
            .setSecret(secret);
    return rotate(request.build());
  }

  private SigningSecret rotate(RotateSigningSecretRequest request) {
    return Messages.signingSecret(
        calls.make(SigningSecretServiceGrpc.getRotateSigningSecretMethod(), request));
  }
}
