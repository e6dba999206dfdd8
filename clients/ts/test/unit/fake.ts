import { Code, ConnectError, createRouterTransport, type Interceptor, type ServiceImpl } from "@connectrpc/connect";
import { Client } from "../../src/client.js";
import { ErrorInfoSchema } from "../../src/gen/google/rpc/error_details_pb.js";
import { JobService } from "../../src/gen/ringback/v1/job_service_pb.js";
import { SigningSecretService } from "../../src/gen/ringback/v1/signing_secret_service_pb.js";
import { CLIENT, type ClientOptions, settingsOf } from "../../src/options.js";

export type FakeJobs = Partial<ServiceImpl<typeof JobService>>;
export type FakeSecrets = Partial<ServiceImpl<typeof SigningSecretService>>;

class FakeClient extends Client {
  constructor(jobs: FakeJobs, secrets: FakeSecrets, options: ClientOptions) {
    const routes = ({ service }: Parameters<Parameters<typeof createRouterTransport>[0]>[0]) => {
      service(JobService, jobs);
      service(SigningSecretService, secrets);
    };
    super(
      settingsOf({ apiKey: "key", ...options }, CLIENT),
      createRouterTransport(routes, { transport: { interceptors: [cutting] } }),
    );
  }
}

/** A client of services in memory. */
export function clientOf(jobs: FakeJobs, options: ClientOptions = {}, secrets: FakeSecrets = {}): Client {
  return new FakeClient(jobs, secrets, options);
}

/** An error as the server answers it. */
export function refusal(code: Code, reason: string, metadata: Record<string, string> = {}): ConnectError {
  const detail = { desc: ErrorInfoSchema, value: { reason, domain: "ringback.dev", metadata } };
  return new ConnectError(reason.toLowerCase(), code, undefined, [detail]);
}

/** An error as transports throw it for a connection that was cut: without an answer's headers. */
export function cut(code = Code.Aborted, message = "cut"): ConnectError {
  return new ConnectError(message, code, { "x-cut": "yes" });
}

const cutting: Interceptor = (next) => async (request) => {
  const response = await next(request).catch(rethrow);
  return response.stream ? { ...response, message: orCut(response.message) } : response;
};

async function* orCut<T>(messages: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch (thrown) {
    rethrow(thrown);
  }
}

function rethrow(thrown: unknown): never {
  const error = ConnectError.from(thrown);
  throw error.metadata.has("x-cut") ? new ConnectError(error.rawMessage, error.code) : error;
}

/** All that comes. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found = [];
  for await (const item of items) {
    found.push(item);
  }
  return found;
}
