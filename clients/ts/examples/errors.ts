// Tells what is wrong with a request.
import { Ringback, RingbackError } from "@ringback/client";

const ringback = new Ringback();
try {
  await ringback.jobs.create({ url: "ftp://example.com", delay: "24h", maxRetries: -1 });
} catch (error) {
  if (!(error instanceof RingbackError) || error.reason !== "INVALID_FIELDS") throw error;
  for (const { field, description } of error.fieldViolations) {
    console.log(`${field} ${description}`);
  }
}
