import type { Transport } from "@connectrpc/connect";
import { Calls } from "./calls.js";
import { Jobs } from "./jobs.js";
import type { Settings } from "./options.js";
import { SigningSecrets } from "./signing-secrets.js";

/** What the clients of all runtimes have in common. */
export abstract class Client {
  /** Jobs: create, read, cancel, wait for and watch them. */
  readonly jobs: Jobs;
  /** The secrets that the project's callbacks are signed with. */
  readonly signingSecrets: SigningSecrets;
  readonly #close: () => void;

  /** @internal */
  protected constructor(settings: Settings, transport: Transport, disconnect: () => void = () => {}) {
    const calls = new Calls(transport, settings);
    this.jobs = new Jobs(calls);
    this.signingSecrets = new SigningSecrets(calls);
    this.#close = () => {
      calls.close();
      disconnect();
    };
  }

  /** Ends the calls that run, which are rejected with `CANCELLED`, and the connection. */
  close(): void {
    this.#close();
  }
}
