import type { Calls } from "./calls.js";
import { check } from "./check.js";
import { toSigningSecret } from "./convert.js";
import { SigningSecretService } from "./gen/ringback/v1/signing_secret_service_pb.js";
import type { CallOptions } from "./options.js";
import type { RotateParams } from "./params.js";
import { present } from "./present.js";
import { ROTATE } from "./shapes.js";
import type { SigningSecret } from "./signing-secret.js";

const { method } = SigningSecretService;

/** The secrets that the project's callbacks are signed with; receivers check them by `@ringback/client/webhook`. */
export class SigningSecrets {
  readonly #calls: Calls;

  /** @internal */
  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** Lists the secrets that callbacks are signed with now, newest first: from 1 to 5. */
  async list(options: CallOptions = {}): Promise<SigningSecret[]> {
    const answer = await this.#calls.run(method.listSigningSecrets, {}, options);
    return answer.signingSecrets.map(toSigningSecret);
  }

  /** The texts of the secrets that callbacks are signed with now: what a `Verifier` takes. */
  async secrets(options: CallOptions = {}): Promise<string[]> {
    return (await this.list(options)).map(({ secret }) => secret);
  }

  /**
   * Makes a new secret, and lets those before it sign too until `overlap` is over. Retried only where `secret` is given:
   * otherwise each try could make another.
   *
   * Errors: `INVALID_ARGUMENT`; `FAILED_PRECONDITION` while 5 secrets sign, unless `overlap` is `0s`.
   */
  async rotate(params: RotateParams = {}, options: CallOptions = {}): Promise<SigningSecret> {
    check(params, ROTATE);
    return toSigningSecret(await this.#calls.run(method.rotateSigningSecret, present(params), options));
  }
}
