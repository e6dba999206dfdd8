// Bills by reminders: each is paid when its callback comes, some are cancelled, and a tally is kept by a watch. It stays exact
// though each callback fails once, the signing secret is changed meanwhile, and Ringback may be killed and started again.
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { isFinal, type Job, type JobStatus, Ringback, RingbackError } from "@ringback/client";
import { httpHandler, Verifier } from "@ringback/client/webhook";

const REMINDERS = Number(process.argv[2] ?? 40);

const run = randomUUID();
const ringback = new Ringback({
  onRetry: ({ call, attempt, wait, error }) => console.error(`${call} ${attempt}: ${error.message}; again in ${wait}`),
});

// The receiver: what was paid, by delivery id. A delivery that comes again is the same payment.
const payments = new Map<string, { invoice: string; paid: boolean }>();
const verifier = await Verifier.refreshing(() => ringback.signingSecrets.secrets(), {
  onRefreshError: (error) => console.error(`the secrets stay as they are: ${error}`),
});
const receiver = createServer(
  httpHandler(verifier, (delivery, _request, response) => {
    const payment = payments.get(delivery.id);
    if (payment) {
      payment.paid = true;
    } else {
      payments.set(delivery.id, { invoice: (delivery.json() as { invoice: string }).invoice, paid: false });
    }
    response.writeHead(payment ? 204 : 503).end();
  }),
).listen(0, "127.0.0.1");
await once(receiver, "listening");
const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/pay`;

// The tally: how each reminder ended, and how many attempts were made.
const tally = { ended: new Map<string, JobStatus>(), attempts: 0 };
const changes = ringback.jobs.watchAll({ labels: { run } }, { checkpoints: true });
await changes.next(); // the first checkpoint: from here on every change is told

async function keepTally(): Promise<void> {
  for await (const { type, job } of changes) {
    if (type === "attempt_started") tally.attempts++;
    if (job && isFinal(job.status)) tally.ended.set(job.id, job.status);
    if (tally.ended.size === REMINDERS) return;
  }
}
const tallied = keepTally();

// The same call, made again, makes no second reminder. Each tenth is to be cancelled.
const isToBeCancelled = (number: number) => number % 10 === 0;

function remind(number: number): Promise<Job> {
  const invoice = `invoice_${number}`;
  return ringback.jobs.create({
    url,
    json: { invoice },
    labels: { run, invoice },
    idempotencyKey: `${run}/${invoice}`,
    delay: isToBeCancelled(number) ? "1h" : `${500 + 200 * number}ms`,
    maxRetries: 20,
    retryPolicy: { minBackoff: "100ms", maxBackoff: "1s" },
  });
}

const numbers = Array.from({ length: REMINDERS }, (_, index) => index + 1);
const half = await Promise.all(numbers.slice(0, REMINDERS / 2).map(remind));
console.log("ready");

// From here on Ringback may be away: what is safe to repeat is repeated until it is back.
const reminders = [...half, ...(await Promise.all(numbers.slice(REMINDERS / 2).map(remind)))];
const secret = `whsec_${randomBytes(32).toString("base64")}`;
await ringback.signingSecrets.rotate({ secret, overlap: "0s" });
const unwanted = reminders.filter((_, index) => isToBeCancelled(index + 1));
await Promise.all(unwanted.map(({ id }) => ringback.jobs.cancel(id)));

// What is refused says why.
async function refused(call: Promise<unknown>): Promise<RingbackError> {
  const error: unknown = await call.then(
    () => new Error("it was not refused"),
    (thrown: unknown) => thrown,
  );
  if (error instanceof RingbackError) return error;
  throw error;
}

const reused = await refused(ringback.jobs.create({ url, idempotencyKey: `${run}/invoice_1`, json: "another" }));
console.log(`${reused.reason}: ${reused.message}`);
const invalid = await refused(ringback.jobs.create({ url: "ftp://example.com" }));
for (const { field, description } of invalid.fieldViolations) console.log(`${invalid.reason}: ${field} ${description}`);

// The tally, the list and the receiver must tell the same.
await tallied;
const counts = { completed: 0, cancelled: 0 };
const paid = [...payments.values()].filter((payment) => payment.paid).map(({ invoice }) => invoice);
const faults: string[] = [];
let listed = 0;
for await (const page of ringback.jobs.list({ labels: { run }, pageSize: 15 }).pages()) {
  for (const { id, status, labels } of page.items) {
    listed++;
    if (status === "completed" || status === "cancelled") counts[status]++;
    if (tally.ended.get(id) !== status) faults.push(`${id} is ${status}, but ${tally.ended.get(id)} in the tally`);
    const payments = paid.filter((invoice) => invoice === labels.invoice).length;
    if (payments !== Number(status === "completed")) faults.push(`${id} is ${status}, and paid ${payments} times`);
  }
}
if (listed !== REMINDERS) faults.push(`${listed} reminders are listed`);
if (counts.cancelled !== unwanted.length) faults.push(`${unwanted.length} were to be cancelled`);
if (invalid.reason !== "INVALID_FIELDS") faults.push("the URL was not what is wrong");
if (reused.reason !== "IDEMPOTENCY_KEY_REUSED") faults.push("the key could be used again");

faults.forEach((fault) => console.error(fault));
const verdict = faults.length === 0 ? "tally and list agree" : "tally and list do not agree";
console.log(
  `${listed} reminders: ${counts.completed} paid, ${counts.cancelled} cancelled; ${tally.attempts} attempts; ${verdict}`,
);
process.exitCode = faults.length === 0 ? 0 : 1;
receiver.close();
ringback.close();
