// Receives a signed callback, and makes sure that it is Ringback's.
import { once } from "node:events";
import { createServer } from "node:http";
import { Ringback } from "@ringback/client";
import { expressMiddleware, Verifier } from "@ringback/client/webhook";

const ringback = new Ringback();
const secrets = await ringback.signingSecrets.list();
const verify = expressMiddleware(new Verifier(secrets.map(({ secret }) => secret)));

const server = createServer((request, response) =>
  verify(request, response, () => {
    const { delivery } = request;
    console.log(`${delivery.id}, attempt ${delivery.attempt}: ${delivery.text()}`);
    response.end();
  }),
).listen(0, "127.0.0.1");
await once(server, "listening");

const url = `http://127.0.0.1:${server.address().port}/hook`;
const job = await ringback.jobs.create({ url, body: "it is time", wait: "20s" });
console.log(`${job.id} is ${job.status}`);
server.close();
