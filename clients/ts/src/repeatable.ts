import { type DescMethod, isMessage, type Message } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel as Level } from "@bufbuild/protobuf/wkt";
import { HttpBodySchema } from "./gen/google/api/httpbody_pb.js";
import { BatchCreateJobsRequestSchema, CreateJobRequestSchema } from "./gen/ringback/v1/job_service_pb.js";
import { RotateSigningSecretRequestSchema } from "./gen/ringback/v1/signing_secret_service_pb.js";

/** Whether a call does the same when it is made twice: its method does, as the proto files say, or what it carries makes it the same call. */
export function isRepeatable(method: DescMethod, request: Message, headers?: Headers): boolean {
  return method.idempotency !== Level.IDEMPOTENCY_UNKNOWN || isKeyed(request, headers);
}

/** Whether each job that a call creates has an idempotency key, or a rotation its secret. */
function isKeyed(request: Message, headers?: Headers): boolean {
  if (isMessage(request, CreateJobRequestSchema)) {
    return request.idempotencyKey !== "";
  }
  if (isMessage(request, BatchCreateJobsRequestSchema)) {
    return request.requests.every((job) => job.idempotencyKey !== "");
  }
  if (isMessage(request, HttpBodySchema)) {
    return Boolean(headers?.get("idempotency-key"));
  }
  return isMessage(request, RotateSigningSecretRequestSchema) && request.secret !== "";
}
