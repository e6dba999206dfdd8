// Receives a signed callback, and makes sure that it is Ringback's.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Ringback } from "@ringback/client";
import { httpHandler, Verifier } from "@ringback/client/webhook";

const ringback = new Ringback();
const verifier = await Verifier.refreshing(() => ringback.signingSecrets.secrets());

const server = createServer(
  httpHandler(verifier, (delivery, _request, response) => {
    console.log(`${delivery.id}, attempt ${delivery.attempt}: ${delivery.text()}`);
    response.end();
  }),
).listen(0, "127.0.0.1");
await once(server, "listening");

const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
const job = await ringback.jobs.create({ url, body: "it is time", wait: "20s" });
console.log(`${job.id} is ${job.status}`);
server.close();
