import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { restart } from "./server.js";

const examples = new URL("../../examples/", import.meta.url);
/** Runs an example as a program of its own, which must exit with 0; answers what it printed. */
async function run(name: string, onPrinted: (all: string) => void = () => {}): Promise<string> {
  const program = fileURLToPath(new URL(name, examples));
  const process = spawn("node", [program], { stdio: ["ignore", "pipe", "inherit"], timeout: 50_000 });
  let printed = "";
  process.stdout.setEncoding("utf8").on("data", (text: string) => onPrinted((printed += text)));
  const [status] = (await once(process, "close")) as [number | null];
  expect(status, `${name} exits with 0, after:\n${printed}`).toBe(0);
  return printed;
}

const PRINTED: Record<string, RegExp> = {
  "create.mjs": /^job_\w+ is pending until 20\S+Z\n$/,
  "await.mjs": /^job_\w+ is completed: the target answered 200\n$/,
  "watch.mjs":
    /^\S+Z snapshot: pending\n\S+ attempt_started: running\n\S+ attempt_finished: \w+\n\S+ job_completed: completed\n$/,
  "list.mjs": /^(job_\w+ https:\S+\n){3}2 jobs; more with pageToken \S+\n$/,
  "errors.mjs": /^url must .+\nmax_retries must .+\n$/,
  "webhook.mjs": /^exec_\w+, attempt 1: it is time\njob_\w+ is completed\n$/,
};

describe("an example:", () => {
  it.each(readdirSync(examples))("%s", async (name) => {
    expect(Object.keys(PRINTED)).toContain(name);
    expect(await run(name)).toMatch(PRINTED[name]!);
  });

  it("watch.mjs across a restart", async () => {
    let restarting: Promise<void> | undefined;
    const printed = await run("watch.mjs", () => (restarting ??= restart()));
    await restarting;
    // The callback may come before the target, which is restarted too: then it is made again.
    expect(printed).toMatch(/^\S+ snapshot: pending\n(\S+ \w+: \w+\n)*\S+ job_completed: completed\n$/);
  });
});
