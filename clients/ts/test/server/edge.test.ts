import { EdgeVM } from "@edge-runtime/vm";
import { expect, it, vi } from "vitest";
import { bundle } from "../bundle.js";
import { FAILED_TWICE, NOT_FOUND, PROGRAM } from "./foreign.js";
import { endpoint, restart } from "./server.js";

it("the client runs in an edge runtime, by the globals of such alone, across a restart", async () => {
  const vm = new EdgeVM();
  vm.evaluate(await bundle(PROGRAM, "iife"));
  const call = (expression: string) => vm.evaluate<Promise<unknown>>(`run.${expression}`);
  const where = `${JSON.stringify(endpoint)}, ${JSON.stringify(process.env["RINGBACK_API_KEY"])}`;

  expect(vm.evaluate("typeof process + typeof Buffer + typeof require")).toBe("undefined".repeat(3));
  expect(await call("webhook()")).toBe("hello");
  expect({ ...((await call(`error(${where})`)) as object) }).toEqual(NOT_FOUND);

  const watching = call(`watch(${where})`);
  await vi.waitUntil(() => vm.evaluate<string[]>("run.told").includes("retry_scheduled 1"), 20_000);
  await restart();
  expect(await watching).toBe("Grüße");
  expect([...vm.evaluate<string[]>("run.told")]).toEqual(FAILED_TWICE);
});
