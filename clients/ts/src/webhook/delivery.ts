/** What a delivery is made of. */
export interface DeliveryFacts {
  readonly id: string;
  readonly timestamp: Date;
  readonly attempt?: number | undefined;
  readonly jobId?: string | undefined;
  readonly body: Uint8Array;
}

/** A callback that has proven to be Ringback's. */
export class Delivery {
  /**
   * The delivery id, `exec_…`: the same on every retry of a firing. Remember it to do things once.
   *
   * It is the value of `webhook-id`; `X-Fliq-Delivery-Id` has the same under the name that Fliq's users know.
   */
  readonly id: string;
  /** When this attempt was signed, to the second. */
  readonly timestamp: Date;
  /** 1, 2, 3 … from `X-Ringback-Attempt`. Not signed: do not rely on it. `undefined` without that header. */
  readonly attempt: number | undefined;
  /** The job that fired, from `X-Ringback-Job-Id`. Not signed: do not rely on it. `undefined` without that header. */
  readonly jobId: string | undefined;
  /** The raw body. */
  readonly body: Uint8Array;

  /** For tests of your own: a verifier makes them itself. */
  constructor({ id, timestamp, attempt, jobId, body }: DeliveryFacts) {
    this.id = id;
    this.timestamp = timestamp;
    this.attempt = attempt;
    this.jobId = jobId;
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
