import type { Duration } from "./duration.js";

/** Where a job is in its life. `unknown`: a word that came after this version of the client. */
export type JobStatus = "pending" | "running" | "completed" | "failed" | "cancelled" | "paused" | "unknown";

/** Where an execution is in its life. `unknown`: a word that came after this version of the client. */
export type ExecutionStatus = "pending" | "running" | "completed" | "failed" | "cancelled" | "unknown";

/** Whether a job or an execution with this status has ended: nothing more comes of it. */
export function isFinal(status: JobStatus | ExecutionStatus): status is "completed" | "failed" | "cancelled" {
  return status === "completed" || status === "failed" || status === "cancelled";
}

/** What became of an attempt. `unknown`: a word that came after this version of the client. */
export type AttemptStatus = "open" | "succeeded" | "failed" | "lost" | "unknown";

/**
 * A job: which URL to call, with what, and when.
 *
 * It fires once, or again and again by `cron`. Each firing is an {@link Execution}, each call of one an {@link Attempt}.
 * Times are exact to the millisecond.
 */
export interface Job {
  /** `job_` and 26 characters, made by the server; sorts by time of creation. */
  readonly id: string;
  /** Where the job is in its life. Of a final one {@link isFinal} is true. */
  readonly status: JobStatus;
  /** The URL that is called. */
  readonly url: string;
  /** The HTTP method of the call, such as `POST`. */
  readonly method: string;
  /** The headers of the call. Empty in lists, watches and the answers to batches. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body of the call: text if it is UTF-8, else bytes. Left out where the headers are, and when there is none. */
  readonly body?: string | Uint8Array;
  /** When a job that fires once is due. */
  readonly scheduledAt?: Date;
  /** The cron expression of a recurring job. */
  readonly cron?: string;
  /** The time zone that `cron` is read in. */
  readonly timeZone?: string;
  /** When the next call is due: the firing or the retry that waits. Absent while none waits. */
  readonly nextRunAt?: Date;
  /** How many times a failed attempt of an execution is repeated. */
  readonly maxRetries: number;
  /** How the retries are spaced. */
  readonly retryPolicy: RetryPolicy;
  /** How long one attempt may take, such as `30s`. */
  readonly attemptDeadline: Duration;
  /** How many attempts were begun, over all executions. */
  readonly attemptCount: number;
  /** The newest attempt. Absent before the first. Its headers and response body are left out of lists and watches. */
  readonly lastAttempt?: Attempt;
  /** The owner's own words on the job. */
  readonly labels: Readonly<Record<string, string>>;
  /** When the job was created. */
  readonly createdAt: Date;
  /** When the job was last changed: created, ended, cancelled, or a firing of it ended. */
  readonly updatedAt: Date;
  /** When the job was completed, failed or cancelled. Absent until then. */
  readonly finishedAt?: Date;
}

/** How the retries of an execution are spaced. */
export interface RetryPolicy {
  /** The wait before the first retry; it doubles with each. Default `10s`; from `10ms` to `24h`. */
  readonly minBackoff?: Duration | undefined;
  /** The longest wait, before ±25 % jitter. Default `1h`; from `minBackoff` to `24h`. */
  readonly maxBackoff?: Duration | undefined;
  /** No retry is planned for later than this after the firing's time. Default: no such limit; from `1s` to `720h`. */
  readonly maxRetryDuration?: Duration | undefined;
}

/** One firing of a job: all the attempts to bring it to success. */
export interface Execution {
  /** `exec_` and 26 characters: the delivery id that each of its calls carries in `webhook-id`. */
  readonly id: string;
  /** The job that fired. */
  readonly jobId: string;
  /** Where the execution is in its life. Of a final one {@link isFinal} is true. */
  readonly status: ExecutionStatus;
  /** When the firing was due. */
  readonly scheduledAt: Date;
  /** When its next call is due. Absent while a call is being made and after the end. */
  readonly nextRunAt?: Date;
  /** When the execution ended. Absent until then. */
  readonly finishedAt?: Date;
  /** How many attempts were begun. */
  readonly attemptCount: number;
}

/** One HTTP call, recorded before it is made and closed after it. */
export interface Attempt {
  /** 1 for the first attempt of the execution, then 2, 3 … */
  readonly number: number;
  /** The execution that the attempt belongs to. */
  readonly executionId: string;
  /** What became of it. */
  readonly status: AttemptStatus;
  /** When it was due: the firing's time, for a retry the end of its backoff. */
  readonly scheduledAt: Date;
  /** When it was begun. */
  readonly startedAt: Date;
  /** When it was closed. Absent while it is open. */
  readonly finishedAt?: Date;
  /** How long the call took, in milliseconds. Absent while open, and when lost for good. */
  readonly durationMs?: number;
  /** The HTTP status of the answer. Absent when there was none. */
  readonly statusCode?: number;
  /** The headers that were sent. Empty while open, when lost for good, and when no connection was made. */
  readonly requestHeaders: Readonly<Record<string, string>>;
  /** The headers of the answer, the first 64 KiB of them. */
  readonly responseHeaders: Readonly<Record<string, string>>;
  /** The first 64 KiB of the answer's body: text if they are UTF-8, else bytes. */
  readonly responseBody?: string | Uint8Array;
  /** Whether the answer's body was longer than what was kept. */
  readonly responseTruncated: boolean;
  /** Why the call failed. Absent when it succeeded or is open. */
  readonly error?: AttemptError;
  /** The node that made the call. */
  readonly node: string;
}

/** Why a call brought no usable answer. */
export interface AttemptError {
  /** One word to act on, such as `status`, `connect`, `timeout` or `dns`. Treat an unknown one as a failed call. */
  readonly class: string;
  /** One sentence for people. */
  readonly message: string;
}
