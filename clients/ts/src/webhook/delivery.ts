/** A callback that has proven to be Ringback's. */
export class Delivery {
  /** The delivery id: the same on every retry of a firing. Remember it to do things once. */
  readonly id: string;
  /** When this attempt was signed, to the second. */
  readonly timestamp: Date;
  /** 1, 2, 3 … from `X-Ringback-Attempt`. Not signed: do not rely on it. `undefined` without that header. */
  readonly attempt: number | undefined;
  /** The raw body. */
  readonly body: Uint8Array;

  /** For tests of your own: a verifier makes them itself. */
  constructor(id: string, timestamp: Date, attempt: number | undefined, body: Uint8Array) {
    this.id = id;
    this.timestamp = timestamp;
    this.attempt = attempt;
    this.body = body;
  }

  /** The body as text. */
  text(): string {
    return new TextDecoder().decode(this.body);
  }

  /** The body as JSON. Throws a `SyntaxError` when it is not JSON. */
  json(): unknown {
    return JSON.parse(this.text());
  }
}
