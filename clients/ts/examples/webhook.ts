import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Ringback } from "@ringback/client";
import { expressMiddleware, type ExpressRequest, Verifier } from "@ringback/client/webhook";

const ringback = new Ringback();
const secrets = await ringback.signingSecrets.list();
const verify = expressMiddleware(new Verifier(secrets.map(({ secret }) => secret)));

const server = createServer((request: ExpressRequest, response) =>
  verify(request, response, () => {
    console.log(`${request.delivery?.id} says ${request.delivery?.text()}`);
    response.end();
  }),
).listen(0, "127.0.0.1");
await once(server, "listening");

const { port } = server.address() as AddressInfo;
const job = await ringback.jobs.create({ url: `http://127.0.0.1:${port}/hook`, body: "hello", wait: "20s" });
console.log(`${job.id} is ${job.status}`);
server.close();
