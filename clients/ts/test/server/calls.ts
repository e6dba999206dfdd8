import type { Client } from "../../src/client.js";
import type { RingbackError, WatchMessage } from "../../src/node.js";
import type { Step } from "./case.js";
import { nativeForm, restForm } from "./rest-form.js";

type Jobs = Client["jobs"];

/** Makes the call of a step by the typed client; answers in the words of REST. */
export async function call(
  client: Client,
  { call: name, request, messages = [], ends = false }: Step,
): Promise<unknown> {
  const { jobs, signingSecrets } = client;
  const { id, jobId, requests, ...rest } = nativeForm(request) as { id: never; jobId: never; requests: never } & Record<
    string,
    never
  >;
  const page = async (name: string, list: ReturnType<Jobs["list" | "executions" | "attempts"]>) => {
    const { items, nextPageToken } = await list;
    return restForm({ [name]: items, nextPageToken });
  };
  switch (name) {
    case "CreateJob":
      return restForm(await jobs.create(rest as never));
    case "BatchCreateJobs":
      return restForm({ jobs: await jobs.batchCreate(requests) });
    case "Fetch":
      return restForm(await jobs.fetch(rest as never));
    case "GetJob":
      return restForm(await jobs.get(id));
    case "CancelJob":
      return restForm(await jobs.cancel(id));
    case "AwaitJob":
      return restForm(await jobs.await(id));
    case "ListJobs":
      return page("jobs", jobs.list(rest));
    case "GetExecution":
      return restForm(await jobs.execution(id));
    case "ListExecutions":
      return page("executions", jobs.executions(jobId, rest));
    case "ListAttempts":
      return page("attempts", jobs.attempts(jobId, rest));
    case "WatchJob":
      return { messages: await take(jobs.watch(id, rest), messages.length, ends) };
    case "WatchJobs": {
      const { status, labels, type: types, resumeToken } = rest;
      return {
        messages: await take(jobs.watchAll({ status, labels, types, ids: id }, { resumeToken }), messages.length, ends),
      };
    }
    case "RotateSigningSecret":
      return restForm(await signingSecrets.rotate(rest));
    case "ListSigningSecrets":
      return restForm({ signingSecrets: await signingSecrets.list() });
    default:
      throw new Error(`no call of the client's is known for ${name}`);
  }
}

/** So many messages, or all up to the end. */
async function take(watch: AsyncIterable<WatchMessage>, count: number, ends: boolean): Promise<unknown[]> {
  const taken: unknown[] = [];
  for await (const message of watch) {
    taken.push(restForm(message));
    if (!ends && taken.length === count) {
      break;
    }
  }
  return taken;
}

/** An error in the words of a case. */
export function errorForm(error: RingbackError) {
  const { code, reason, metadata, fieldViolations } = error;
  return { code, reason, metadata, fields: fieldViolations.map(({ field }) => field).sort() };
}
