// A user's page and worker, of which only the types are checked: nothing of Node.js is there.
import { Ringback, RingbackError } from "@ringback/client";
import { fetchHandler, Verifier } from "@ringback/client/webhook";

export async function main(): Promise<void> {
  const ringback = new Ringback({ endpoint: "", apiKey: "" });
  await ringback.jobs.create({ url: "", body: new Uint8Array() }).catch((e) => e instanceof RingbackError);
  fetchHandler(new Verifier([]), ({ body }) => new Response(new Uint8Array(body)));
}
