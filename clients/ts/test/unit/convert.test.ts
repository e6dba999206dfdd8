import { create, type DescMessage, type MessageShape, toJson } from "@bufbuild/protobuf";
import { describe, expect, expectTypeOf, it } from "vitest";
import {
  type Attempt,
  type AttemptStatus,
  type ErrorReason,
  type ExecutionStatus,
  isFinal,
  type Job,
  type JobStatus,
  type WatchMessage,
  type WatchMessageType,
} from "../../src/api.js";
import { toAttempt, toExecution, toJob, toSigningSecret, toWatchMessage } from "../../src/convert.js";
import type { ErrorReason as PbErrorReason } from "../../src/gen/ringback/v1/error_reason_pb.js";
import * as pb from "../../src/gen/ringback/v1/job_pb.js";
import {
  CreateJobRequestSchema,
  ListJobsRequestSchema,
  WatchJobsRequestSchema,
} from "../../src/gen/ringback/v1/job_service_pb.js";
import { SigningSecretSchema } from "../../src/gen/ringback/v1/signing_secret_service_pb.js";
import { WatchMessage_Type, WatchMessageSchema } from "../../src/gen/ringback/v1/watch_pb.js";
import { createRequest, listRequest, watchRequest } from "../../src/requests.js";
import { filled } from "./filled.js";

/** Native types name their members as the fields are named, but for these, which are one with another. */
const ONE_WITH_ANOTHER = { binaryBody: "body", binaryResponseBody: "responseBody" } as Record<string, string>;

/** Expects that nothing of a message is lost, however deep. */
function expectMapped(desc: DescMessage, native: object): void {
  for (const field of desc.fields) {
    const name = ONE_WITH_ANOTHER[field.localName] ?? field.localName;
    expect(native, `${desc.typeName}.${field.name} is not mapped`).toHaveProperty(name);
    const value = (native as Record<string, unknown>)[name];
    expect(value, `${desc.typeName}.${field.name}`).not.toBe("unknown");
    if (field.message && field.fieldKind === "message" && !(value instanceof Date)) {
      expectMapped(field.message, value as object);
    }
  }
}

describe("of each field something becomes:", () => {
  const cases: { desc: DescMessage; convert: (message: never) => object }[] = [
    { desc: pb.JobSchema, convert: toJob },
    { desc: pb.ExecutionSchema, convert: toExecution },
    { desc: pb.AttemptSchema, convert: toAttempt },
    { desc: WatchMessageSchema, convert: toWatchMessage },
    { desc: SigningSecretSchema, convert: toSigningSecret },
  ];
  it.each(cases)("$desc.name", ({ desc, convert }) => {
    expectMapped(desc, convert(filled(desc) as never));
  });
});

describe("each field can be set:", () => {
  const everything = {
    url: "http://a",
    method: "PUT",
    headers: { a: "b" },
    scheduledAt: new Date("2030-01-01T00:00:00.5Z"),
    delay: "1s",
    cron: "@daily",
    timeZone: "UTC",
    maxRetries: 0,
    retryPolicy: { minBackoff: "1s", maxBackoff: "2s", maxRetryDuration: "3s" },
    attemptDeadline: "4s",
    labels: { c: "d" },
    idempotencyKey: "key",
    wait: "5s",
  };

  function expectSet<D extends DescMessage>(desc: D, but: string[], ...messages: MessageShape<D>[]): void {
    const set = new Set(messages.flatMap((message) => Object.keys(toJson(desc, message) as object)));
    expect([...set].sort()).toEqual(
      desc.fields
        .map((field) => field.jsonName)
        .filter((name) => !but.includes(name))
        .sort(),
    );
  }

  it("CreateJobRequest", () => {
    const text = createRequest({ ...everything, body: "text" });
    const bytes = createRequest({ ...everything, body: Uint8Array.of(255) });
    // Another name for `method`.
    expectSet(CreateJobRequestSchema, ["httpMethod"], text, bytes);
    expect(text).toMatchObject({ ...everything, scheduledAt: "2030-01-01T00:00:00.500Z", body: "text" });
    expect(text.binaryBody).toHaveLength(0);
    expect(bytes).toMatchObject({ body: "", binaryBody: Uint8Array.of(255) });
    expectSet(pb.RetryPolicySchema, [], text.retryPolicy!);
  });

  it("ListJobsRequest", () => {
    const request = { ...listRequest({ status: ["failed"], labels: { a: "b" } }), pageSize: 1, pageToken: "2" };
    expectSet(ListJobsRequestSchema, [], create(ListJobsRequestSchema, request));
  });

  it("WatchJobsRequest", () => {
    const filter = watchRequest({ status: ["failed"], labels: { a: "b" }, ids: ["job_1"], types: ["job_failed"] });
    expectSet(WatchJobsRequestSchema, [], create(WatchJobsRequestSchema, { ...filter, resumeToken: "t" }));
  });
});

describe("a job", () => {
  it("has native times, and a body that is text or bytes", () => {
    const job = toJob(create(pb.JobSchema, { binaryBody: Uint8Array.of(1), createdAt: { seconds: 1n, nanos: 5e8 } }));
    expect(job).toMatchObject({ body: Uint8Array.of(1), createdAt: new Date(1500) });
    expect(toJob(create(pb.JobSchema, { body: "" }))).toHaveProperty("body", "");
  });

  it("does not have what is absent", () => {
    const names = ["body", "scheduledAt", "cron", "timeZone", "nextRunAt", "lastAttempt", "finishedAt"];
    expect(Object.keys(toJob(create(pb.JobSchema)))).toEqual(expect.not.arrayContaining(names));
  });
});

describe("a word that came later", () => {
  it("is unknown", () => {
    const later = 99 as never;
    expect(toJob(create(pb.JobSchema, { status: later })).status).toBe("unknown");
    expect(toExecution(create(pb.ExecutionSchema, { status: later })).status).toBe("unknown");
    expect(toAttempt(create(pb.AttemptSchema)).status).toBe("unknown");
    expect(toWatchMessage(create(WatchMessageSchema, { type: later }))).toMatchObject({ type: "unknown" });
  });
});

describe("a message of a watch", () => {
  it("has what its type says", () => {
    const message = toWatchMessage(create(WatchMessageSchema)) as WatchMessage;
    if (message.type === "checkpoint") {
      expectTypeOf(message.job).toEqualTypeOf<undefined>();
    } else if (message.type === "attempt_finished") {
      expectTypeOf(message.job).toEqualTypeOf<Job>();
      expectTypeOf(message.executionId).toEqualTypeOf<string>();
      expectTypeOf(message.attempt).toEqualTypeOf<Attempt>();
    } else if (message.type === "snapshot" || message.type === "job_cancelled") {
      expectTypeOf(message.job).toEqualTypeOf<Job>();
      expectTypeOf(message.executionId).toEqualTypeOf<undefined>();
    } else if (message.type === "unknown") {
      expectTypeOf(message.job).toEqualTypeOf<Job | undefined>();
    }
    const { job, attempt } = message;
    expectTypeOf(job).toEqualTypeOf<Job | undefined>();
    expectTypeOf(attempt).toEqualTypeOf<Attempt | undefined>();
    expect(Object.keys(message)).toEqual(["type", "resumeToken", "at"]);
  });
});

it("is final what has ended", () => {
  const statuses = ["pending", "running", "completed", "failed", "cancelled", "paused", "unknown"] as const;
  expect(statuses.filter(isFinal)).toEqual(["completed", "failed", "cancelled"]);
});

it("the words of each status, and of reasons, are those of the API", () => {
  type Words<E> = Exclude<keyof E, "status_unspecified" | "type_unspecified"> | "unknown";
  expectTypeOf<ErrorReason>().toEqualTypeOf<Exclude<keyof typeof PbErrorReason, "ERROR_REASON_UNSPECIFIED">>();
  expectTypeOf<JobStatus>().toEqualTypeOf<Words<typeof pb.Job_Status>>();
  expectTypeOf<ExecutionStatus>().toEqualTypeOf<Words<typeof pb.Execution_Status>>();
  expectTypeOf<AttemptStatus>().toEqualTypeOf<Words<typeof pb.Attempt_Status>>();
  expectTypeOf<WatchMessageType>().toEqualTypeOf<Words<typeof WatchMessage_Type>>();
});
