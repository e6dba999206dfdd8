import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { chromium } from "playwright-core";
import { expect, it, onTestFinished } from "vitest";
import { bundle } from "../bundle.js";
import { FAILED_TWICE, NOT_FOUND, PROGRAM } from "./foreign.js";
import { endpoint, restart } from "./server.js";

const CHROMIUM = "/usr/bin/chromium";
const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];
const QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** The program as a page of another origin than Ringback's, so that every call is subject to CORS. */
async function page(): Promise<string> {
  const script = await bundle(PROGRAM);
  const server = createServer((request, response) => {
    const isScript = request.url === "/program.js";
    response.writeHead(200, { "content-type": isScript ? "text/javascript" : "text/html" });
    response.end(isScript ? script : `<!doctype html><script type="module" src="/program.js"></script>`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it("the client runs in a browser, through CORS, across a restart", async () => {
  expect(existsSync(CHROMIUM), `${CHROMIUM} is there: run scripts/install-chromium`).toBe(true);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...ARGS, ...QUIET] });
  onTestFinished(() => browser.close());
  const tab = await browser.newPage();
  await tab.goto(await page());
  await tab.waitForFunction("globalThis.run");
  const call = (expression: string) => tab.evaluate<unknown>(`run.${expression}`);
  const where = `${JSON.stringify(endpoint)}, ${JSON.stringify(process.env["RINGBACK_API_KEY"])}`;

  expect(await call("webhook()")).toBe("hello");
  expect(await call(`error(${where})`)).toEqual(NOT_FOUND);

  const watching = call(`watch(${where})`);
  await tab.waitForFunction(`run.told.includes("retry_scheduled 1")`);
  await restart();
  expect(await watching).toBe("Grüße");
  expect(await call("told")).toEqual(FAILED_TWICE);
});
