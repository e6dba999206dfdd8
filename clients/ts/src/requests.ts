import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { check } from "./check.js";
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
import { CREATE, FETCH } from "./shapes.js";

/** What is sent for a create, with an idempotency key in any case. `path` says where it stands in a batch. */
export function createRequest(params: CreateJobParams, path = ""): CreateJobRequest {
  check(params, CREATE, path);
  const { json, scheduledAt, retryPolicy, ...same } = params;
  const body = bodyOf(params, path);
  const init = present({
    ...same,
    headers: json === undefined ? params.headers : withJson(params.headers),
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
  check(params, FETCH);
  const body = bodyOf(params) ?? "";
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
    contentType: params.contentType ?? (params.json === undefined ? "" : JSON_TYPE),
    data: typeof body === "string" ? new TextEncoder().encode(body) : body,
  };
}

const JSON_TYPE = "application/json";

/** The body, as it is or as JSON. */
function bodyOf({ body, json }: Pick<CreateJobParams, "body" | "json">, path = ""): string | Uint8Array | undefined {
  if (json === undefined) {
    return body;
  }
  const name = path && `${path}.`;
  if (body !== undefined) {
    throw new TypeError(`${name}json and ${name}body can't both be given`);
  }
  let text: string | undefined;
  try {
    text = JSON.stringify(json) as string | undefined;
  } catch (cause) {
    throw new TypeError(`${name}json can't be written as JSON: ${(cause as Error).message}`, { cause });
  }
  if (text === undefined) {
    throw new TypeError(`${name}json can't be written as JSON: it is a ${typeof json}`);
  }
  return text;
}

/** Headers that say that the body is JSON, unless they say what else it is. */
function withJson(headers: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const isTyped = Object.keys(headers).some((name) => name.toLowerCase() === "content-type");
  return isTyped ? headers : { ...headers, "Content-Type": JSON_TYPE };
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
