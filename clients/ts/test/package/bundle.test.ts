import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { bundle } from "../bundle.js";

const kibibytes = (text: string) => gzipSync(text, { level: 9 }).length / 1024;

describe("the size of a bundle, minified and gzipped,", () => {
  it("that creates and watches jobs is no more than 45 KiB", async () => {
    const code = await bundle(`
      import { Ringback } from "@ringback/client";
      const ringback = new Ringback({ endpoint: location.origin, apiKey: "k" });
      const { id } = await ringback.jobs.create({ url: "https://example.com" });
      for await (const message of ringback.jobs.watch(id)) console.log(message);
    `);
    console.info(`a client for browsers: ${kibibytes(code).toFixed(1)} KiB`);
    expect(kibibytes(code)).toBeLessThan(45);
  });

  it("that verifies callbacks is no more than 3 KiB: it has no gRPC", async () => {
    const code = await bundle(`export { fetchHandler, Verifier } from "@ringback/client/webhook";`);
    console.info(`a receiver of callbacks: ${kibibytes(code).toFixed(1)} KiB`);
    expect(kibibytes(code)).toBeLessThan(3);
  });
});
