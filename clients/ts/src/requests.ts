import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { RingbackError } from "./errors.js";
import { Job_Status } from "./gen/ringback/v1/job_pb.js";
import {
  type CreateJobRequest,
  CreateJobRequestSchema,
  type ListJobsRequestSchema,
  type WatchJobsRequestSchema,
} from "./gen/ringback/v1/job_service_pb.js";
import { WatchMessage_Type } from "./gen/ringback/v1/watch_pb.js";
import type { CreateJobParams, FetchParams, JobFilter, WatchFilter } from "./params.js";
import { present } from "./present.js";

/** What is sent for a create, with an idempotency key in any case. */
export function createRequest(params: CreateJobParams): CreateJobRequest {
  const { body, scheduledAt, retryPolicy, ...same } = params;
  const init = present({
    ...same,
    body: typeof body === "string" ? body : undefined,
    binaryBody: typeof body === "string" ? undefined : body,
    scheduledAt: scheduledAt?.toISOString(),
    retryPolicy: retryPolicy && present(retryPolicy),
    idempotencyKey: params.idempotencyKey ?? randomKey(),
  });
  return create(CreateJobRequestSchema, init);
}

/** The headers that say what to relay, and the body. */
export function fetchRequest(params: FetchParams): { headers: Headers; contentType: string; data: Uint8Array } {
  const { body = "", contentType = "" } = params;
  const headers = present({
    "x-fetch-url": params.url,
    "x-fetch-method": params.method,
    "x-delay": params.delay,
    "x-max-retries": params.maxRetries?.toString(),
    "x-max-retry-duration": params.maxRetryDuration,
    "idempotency-key": params.idempotencyKey ?? randomKey(),
  });
  return {
    headers: visible(headers),
    contentType,
    data: typeof body === "string" ? new TextEncoder().encode(body) : body,
  };
}

/** Headers can hold visible ASCII only; the rest is refused here, by the names that the server would use. */
function visible(headers: Record<string, string>): Headers {
  const bad = Object.entries(headers).filter(([, value]) => !/^[ -~]*$/.test(value));
  if (bad.length > 0) {
    const fieldViolations = bad.map(([field]) => ({ field, description: "must be visible ASCII characters" }));
    const message = fieldViolations.map(({ field, description }) => `${field}: ${description}`).join("; ");
    throw new RingbackError("INVALID_ARGUMENT", message, { reason: "INVALID_FIELDS", fieldViolations });
  }
  return new Headers(headers);
}

/** What is sent to list jobs, except for the page. */
export function listRequest(filter: JobFilter): MessageInitShape<typeof ListJobsRequestSchema> {
  return { status: (filter.status ?? []).map((word) => Job_Status[word]), label: labelsOf(filter.labels) };
}

/** What is sent to watch jobs, except for the resume token. */
export function watchRequest(filter: WatchFilter): MessageInitShape<typeof WatchJobsRequestSchema> {
  return {
    status: (filter.status ?? []).map((word) => Job_Status[word]),
    label: labelsOf(filter.labels),
    id: [...(filter.ids ?? [])],
    type: (filter.types ?? []).map((word) => WatchMessage_Type[word]),
  };
}

function labelsOf(labels: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`);
}

/** 128 random bits. Not `randomUUID`, which browsers offer only to pages that came by TLS. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
