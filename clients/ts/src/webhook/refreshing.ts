import { type Duration, milliseconds } from "../duration.js";
import type { VerifierOptions } from "./verifier.js";

/** Where a verifier has its secrets from, such as `() => ringback.signingSecrets.secrets()`. */
export type SecretsSource = () => readonly string[] | Promise<readonly string[]>;

/** How callbacks are checked, and how the secrets are kept fresh. */
export interface RefreshingOptions extends VerifierOptions {
  /** How old the secrets may be before they are read again, beside the callbacks that come. Default `5m`. */
  refreshAfter?: Duration | undefined;
  /** Is told why the secrets could not be read: those that are there stay. */
  onRefreshError?: ((error: unknown) => void) | undefined;
}

/** How often a callback that no secret matches may have the secrets read, so that forged ones make no load, in milliseconds. */
const EVERY_MS = 10_000;

/** How long such a callback waits for them. */
const WAIT_MS = 5_000;

/** After this long, a reading is taken for dead: runtimes of the edge stop what goes on after an answer. */
const DEAD_MS = 60_000;

/** Keeps secrets fresh, by the callbacks that come alone: there is no timer. */
export class Refreshing {
  readonly #read: () => Promise<void>;
  readonly #afterMs: number;
  readonly #onError: (error: unknown) => void;
  #reading: Promise<void> | undefined;
  #began = -Infinity;
  #fresh = performance.now();
  #forced = -Infinity;

  /** `read` puts new secrets in the place of the old ones. */
  constructor(read: () => Promise<void>, options: RefreshingOptions) {
    this.#read = read;
    this.#afterMs = milliseconds(options.refreshAfter ?? "5m", "refreshAfter");
    this.#onError = options.onRefreshError ?? (() => {});
  }

  /** Reads secrets that are too old, without waiting; after a failure not at once again. */
  soon(): void {
    const now = performance.now();
    if (now - this.#fresh > this.#afterMs && now - this.#began > EVERY_MS) {
      void this.#refresh();
    }
  }

  /** Reads them for a callback that none of them matches, unless that was done just now. */
  async now(): Promise<void> {
    const now = performance.now();
    if (!this.#reading) {
      if (now - this.#forced <= EVERY_MS) {
        return;
      }
      this.#forced = now;
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    const enough = new Promise<void>((resolve) => (timer = setTimeout(resolve, WAIT_MS)));
    await Promise.race([this.#refresh(), enough]);
    clearTimeout(timer);
  }

  /** One reading at a time. Never rejects. */
  #refresh(): Promise<void> {
    const now = performance.now();
    if (this.#reading && now - this.#began < DEAD_MS) {
      return this.#reading;
    }
    this.#began = now;
    const reading = this.#read()
      .then(
        () => void (this.#fresh = performance.now()),
        (error: unknown) => this.#onError(error),
      )
      .catch(() => {})
      .finally(() => {
        if (this.#reading === reading) {
          this.#reading = undefined;
        }
      });
    return (this.#reading = reading);
  }
}
