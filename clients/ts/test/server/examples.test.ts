import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { transform } from "esbuild";
import { describe, expect, it } from "vitest";
import { restart } from "./server.js";

const examples = new URL("../../examples/", import.meta.url);
/** Within the package, so that programs find it by its name. */
const scratch = new URL("../../target/examples/", import.meta.url);

/** Runs an example as a program of its own, which must exit with 0; answers what it printed. */
async function run(name: string, onPrinted: (all: string) => void = () => {}): Promise<string> {
  const { code } = await transform(await readFile(new URL(name, examples), "utf8"), { loader: "ts", format: "esm" });
  await mkdir(scratch, { recursive: true });
  const program = new URL(name.replace(/ts$/, "js"), scratch);
  await writeFile(program, code);

  const process = spawn("node", [program.pathname], { stdio: ["ignore", "pipe", "inherit"], timeout: 50_000 });
  let printed = "";
  process.stdout.setEncoding("utf8").on("data", (text: string) => onPrinted((printed += text)));
  const [status] = (await once(process, "close")) as [number | null];
  expect(status, `${name} exits with 0, after:\n${printed}`).toBe(0);
  return printed;
}

const PRINTED: Record<string, RegExp> = {
  "create.ts": /^job_\w+ is pending, due at 20\S+Z\n$/,
  "await.ts": /^job_\w+ is completed: answered with 200\n$/,
  "watch.ts":
    /^\S+Z snapshot: pending\n\S+ attempt_started: running\n\S+ attempt_finished: \w+\n\S+ job_completed: completed\n$/,
  "list.ts": /^(job_\w+ https:\S+\n){3}a page of 2, then another\na page of 1, then none\n$/,
  "errors.ts": /^url must .+\nmax_retries must .+\n$/,
  "webhook.ts": /^exec_\w+ says hello\njob_\w+ is completed\n$/,
};

describe("an example:", () => {
  it.each(readdirSync(examples))("%s", async (name) => {
    expect(Object.keys(PRINTED)).toContain(name);
    expect(await run(name)).toMatch(PRINTED[name]!);
  });

  it("watch.ts across a restart", async () => {
    let restarting: Promise<void> | undefined;
    const printed = await run("watch.ts", () => (restarting ??= restart()));
    await restarting;
    // The callback may come before the target, which is restarted too: then it is made again.
    expect(printed).toMatch(/^\S+ snapshot: pending\n(\S+ \w+: \w+\n)*\S+ job_completed: completed\n$/);
  });
});
