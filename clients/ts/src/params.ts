import type { Duration } from "./duration.js";
import type { JobStatus, RetryPolicy } from "./job.js";
import type { WatchMessageType } from "./watch-message.js";

/** What to call, with what, and when: `scheduledAt`, `delay` or `cron`, at most one of them; with none, now. */
export interface CreateJobParams {
  /** The URL to call: absolute, `http` or `https`, at most 8,192 characters. */
  url: string;
  /** The HTTP method. Default `POST`. */
  method?: string | undefined;
  /** Headers of the call: at most 100, 32 KiB in all. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** The body of the call, at most 1 MiB. Text is sent as UTF-8. Default empty. */
  body?: string | Uint8Array | undefined;
  /** Instead of `body`: what is sent as JSON, with `Content-Type: application/json` unless `headers` has another. */
  json?: unknown;
  /** When to call, at most 10 years ahead; a time in the past means now. */
  scheduledAt?: Date | undefined;
  /** How long to wait before the call, such as `24h`, `1h30m`, `90s` or `500ms`. At most 10 years. */
  delay?: Duration | undefined;
  /** When to call again and again: five cron fields, or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`. */
  cron?: string | undefined;
  /** The time zone that `cron` is read in. Only `UTC`, the default, for now. */
  timeZone?: string | undefined;
  /** How many times a failed attempt is repeated, from 0 to 1,000. Default 3. */
  maxRetries?: number | undefined;
  /** How the retries are spaced. */
  retryPolicy?: RetryPolicy | undefined;
  /** How long one attempt may take, from `1s` to `30m`. Default `30s`. */
  attemptDeadline?: Duration | undefined;
  /** Words of your own to filter by: at most 32. */
  labels?: Readonly<Record<string, string>> | undefined;
  /**
   * For 24 hours the same key with the same content answers the job that was created first. 1 to 255 visible ASCII
   * characters. Default: random, so that the client's own retries create one job.
   */
  idempotencyKey?: string | undefined;
  /**
   * Answers only when the job has ended, or after this time, such as `30s`: then with the job as it stands. At most
   * `5m`; not in batches. The call's default deadline is then 5½ minutes. Default: at once.
   */
  wait?: Duration | undefined;
}

/** What to relay: a raw HTTP request, retried for up to 7 days unless told otherwise. */
export interface FetchParams {
  /** The URL to call. Visible ASCII: encode the rest, as `new URL(…).href` does. */
  url: string;
  /** The HTTP method. Default `POST`. */
  method?: string | undefined;
  /** The content type of the body. Default none; of `json`, `application/json`. */
  contentType?: string | undefined;
  /** The body of the call, at most 1 MiB. Text is sent as UTF-8. Default empty. */
  body?: string | Uint8Array | undefined;
  /** Instead of `body`: what is sent as JSON. */
  json?: unknown;
  /** How long to wait before the call, such as `24h`. Default: none. */
  delay?: Duration | undefined;
  /** How many times a failed attempt is repeated, from 0 to 1,000. Default 1,000. */
  maxRetries?: number | undefined;
  /** No retry is planned for later than this after the firing's time. Default `168h`. */
  maxRetryDuration?: Duration | undefined;
  /** As in {@link CreateJobParams}. */
  idempotencyKey?: string | undefined;
}

/** Which jobs to list. */
export interface JobFilter {
  /** Only jobs with one of these statuses. Default: all. */
  status?: readonly Exclude<JobStatus, "unknown">[] | undefined;
  /** Only jobs with all of these labels. Default: all. */
  labels?: Readonly<Record<string, string>> | undefined;
}

/** Which page of a list. */
export interface PageParams {
  /** How many items a page may hold, up to 500; more means 500. Default 50. */
  pageSize?: number | undefined;
  /** Begins with the page of this token: `nextPageToken` of one with the same filter. Default: the first page. */
  pageToken?: string | undefined;
}

/** Which jobs to watch, and what of them. */
export interface WatchFilter {
  /** Only changes after which the job has one of these statuses. Default: all. */
  status?: readonly Exclude<JobStatus, "unknown">[] | undefined;
  /** Only jobs with all of these labels. Default: all. */
  labels?: Readonly<Record<string, string>> | undefined;
  /** Only these jobs, at most 1,000. Default: all. */
  ids?: readonly string[] | undefined;
  /** Only messages of these types; without `snapshot` the watch begins with the changes from now on. Default: all. */
  types?: readonly Exclude<WatchMessageType, "checkpoint" | "unknown">[] | undefined;
}

/** Where a watch begins. */
export interface WatchParams {
  /** Goes on after the message that had this `resumeToken`, with the same filter. Default: begins with the present states. */
  resumeToken?: string | undefined;
  /** Whether checkpoints are handed out too: they carry a newer resume token for those who keep it. Default `false`. */
  checkpoints?: boolean | undefined;
}

/** How to rotate the signing secret. */
export interface RotateParams {
  /** How long the secrets before it go on to sign, at most `720h`; `0s` ends them at once. Default `24h`. */
  overlap?: Duration | undefined;
  /** The new secret: `whsec_` and the base64 of 24 to 64 bytes. Default: 32 random bytes, made by the server. */
  secret?: string | undefined;
}
