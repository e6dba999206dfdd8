import { create } from "@bufbuild/protobuf";
import { type Timestamp, timestampDate, TimestampSchema } from "@bufbuild/protobuf/wkt";
import * as pb from "./gen/ringback/v1/job_pb.js";
import type { SigningSecret as PbSigningSecret } from "./gen/ringback/v1/signing_secret_service_pb.js";
import { type WatchMessage as PbWatchMessage, WatchMessage_Type } from "./gen/ringback/v1/watch_pb.js";
import type { Attempt, Execution, Job } from "./job.js";
import { present } from "./present.js";
import type { SigningSecret } from "./signing-secret.js";
import type { WatchMessage } from "./watch-message.js";

/** Makes a job of what came over the wire. */
export function toJob(job: pb.Job): Job {
  return present({
    id: job.id,
    status: word(pb.Job_Status, job.status),
    url: job.url,
    method: job.method,
    headers: job.headers,
    body: job.body ?? job.binaryBody,
    scheduledAt: optionalDate(job.scheduledAt),
    cron: job.cron,
    timeZone: job.timeZone,
    nextRunAt: optionalDate(job.nextRunAt),
    maxRetries: job.maxRetries,
    retryPolicy: toRetryPolicy(job.retryPolicy),
    attemptDeadline: job.attemptDeadline,
    attemptCount: job.attemptCount,
    lastAttempt: job.lastAttempt && toAttempt(job.lastAttempt),
    labels: job.labels,
    createdAt: date(job.createdAt),
    updatedAt: date(job.updatedAt),
    finishedAt: optionalDate(job.finishedAt),
  });
}

function toRetryPolicy(policy: pb.RetryPolicy | undefined): Job["retryPolicy"] {
  return present({
    minBackoff: policy?.minBackoff || undefined,
    maxBackoff: policy?.maxBackoff || undefined,
    maxRetryDuration: policy?.maxRetryDuration || undefined,
  });
}

/** Makes an execution of what came over the wire. */
export function toExecution(execution: pb.Execution): Execution {
  return present({
    id: execution.id,
    jobId: execution.jobId,
    status: word(pb.Execution_Status, execution.status),
    scheduledAt: date(execution.scheduledAt),
    nextRunAt: optionalDate(execution.nextRunAt),
    finishedAt: optionalDate(execution.finishedAt),
    attemptCount: execution.attemptCount,
  });
}

/** Makes an attempt of what came over the wire. */
export function toAttempt(attempt: pb.Attempt): Attempt {
  return present({
    number: attempt.number,
    executionId: attempt.executionId,
    status: word(pb.Attempt_Status, attempt.status),
    scheduledAt: date(attempt.scheduledAt),
    startedAt: date(attempt.startedAt),
    finishedAt: optionalDate(attempt.finishedAt),
    durationMs: attempt.durationMs,
    statusCode: attempt.statusCode,
    requestHeaders: attempt.requestHeaders,
    responseHeaders: attempt.responseHeaders,
    responseBody: attempt.responseBody ?? attempt.binaryResponseBody,
    responseTruncated: attempt.responseTruncated,
    error: attempt.error && { class: attempt.error.class, message: attempt.error.message },
    node: attempt.node,
  });
}

/** Makes a message of a watch of what came over the wire. Which members it has by its type is the server's promise. */
export function toWatchMessage(message: PbWatchMessage): WatchMessage {
  return present({
    type: word(WatchMessage_Type, message.type),
    resumeToken: message.resumeToken,
    at: date(message.at),
    job: message.job && toJob(message.job),
    executionId: message.executionId,
    attempt: message.attempt && toAttempt(message.attempt),
  }) as WatchMessage;
}

/** Makes a signing secret of what came over the wire. */
export function toSigningSecret(secret: PbSigningSecret): SigningSecret {
  return present({
    secret: secret.secret,
    createdAt: date(secret.createdAt),
    expiresAt: optionalDate(secret.expiresAt),
  });
}

/** The word of an enum's value; values that came after this version have none here. */
function word<E extends Record<string, string | number>>(
  words: E,
  value: number,
): Exclude<keyof E & string, Unspecified> | "unknown" {
  return value === 0 ? "unknown" : ((words[value] ?? "unknown") as Exclude<keyof E & string, Unspecified>);
}

type Unspecified = "status_unspecified" | "type_unspecified";

function date(time: Timestamp | undefined): Date {
  return timestampDate(time ?? create(TimestampSchema));
}

function optionalDate(time: Timestamp | undefined): Date | undefined {
  return time && timestampDate(time);
}
