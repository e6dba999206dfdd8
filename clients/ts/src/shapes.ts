import { anything, body, type Checks, date, duration, flag, list, shape, text, texts, whole, word } from "./check.js";
import { Job_Status } from "./gen/ringback/v1/job_pb.js";
import { WatchMessage_Type } from "./gen/ringback/v1/watch_pb.js";
import type { RetryPolicy } from "./job.js";
import { CALL, type CallOptions } from "./options.js";
import type {
  CreateJobParams,
  FetchParams,
  JobFilter,
  PageParams,
  RotateParams,
  WatchFilter,
  WatchParams,
} from "./params.js";

export const CREATE: Checks<CreateJobParams> = {
  url: text,
  method: text,
  headers: texts,
  body,
  json: anything,
  scheduledAt: date,
  delay: duration,
  cron: text,
  timeZone: text,
  maxRetries: whole,
  retryPolicy: shape<RetryPolicy>({ minBackoff: duration, maxBackoff: duration, maxRetryDuration: duration }),
  attemptDeadline: duration,
  labels: texts,
  idempotencyKey: text,
  wait: duration,
};

export const FETCH: Checks<FetchParams> = {
  url: text,
  method: text,
  contentType: text,
  body,
  json: anything,
  delay: duration,
  maxRetries: whole,
  maxRetryDuration: duration,
  idempotencyKey: text,
};

export const PAGE: Checks<PageParams> = { pageSize: whole, pageToken: text };

const FILTER: Checks<JobFilter> = { status: list(word(Job_Status)), labels: texts };

export const LIST: Checks<JobFilter & PageParams> = { ...FILTER, ...PAGE };

export const WATCH_FILTER: Checks<WatchFilter> = {
  ...FILTER,
  ids: list(text),
  types: list(word(WatchMessage_Type, "checkpoint")),
};

export const WATCH: Checks<WatchParams & CallOptions> = { resumeToken: text, checkpoints: flag, ...CALL };

export const ROTATE: Checks<RotateParams> = { overlap: duration, secret: text };
