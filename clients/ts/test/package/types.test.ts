import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** The last that knows `node10`. */
const OLD = "typescript-5";
const NEWEST = "typescript";

const folder = mkdtempSync(join(tmpdir(), "ringback-types-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let tarball: string;
beforeAll(() => {
  const pack = ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder];
  tarball = join(folder, execFileSync("npm", pack, { encoding: "utf8" }).trim());
});

/** What tsc says of users' programs, which have what is packed, some types, and none of its dependencies. */
async function compile(programs: string[], types: string[], compiler: string, options: object): Promise<string> {
  const root = mkdtempSync(join(folder, "project-"));
  const client = join(root, "node_modules/@ringback/client");
  mkdirSync(client, { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", client, "--strip-components=1"]);
  mkdirSync(join(root, "node_modules/@types"));
  types.forEach((each) => symlinkSync(resolve("node_modules/@types", each), join(root, "node_modules/@types", each)));
  programs.forEach((each) =>
    cpSync(join(import.meta.dirname, "users", each.replace(/\.[mc]ts$/, ".ts")), join(root, each)),
  );
  const compilerOptions = { strict: true, skipLibCheck: false, noEmit: true, target: "es2022", types, ...options };
  writeFileSync(join(root, "tsconfig.json"), JSON.stringify({ compilerOptions, files: programs }));
  const tsc = resolve("node_modules", compiler, "bin/tsc");
  const said = await promisify(execFile)("node", [tsc, "-p", root]).catch((failed: { stdout: string }) => failed);
  return said.stdout;
}

describe.each([
  { moduleResolution: "node10", module: "commonjs", esModuleInterop: true, compiler: OLD },
  { moduleResolution: "node16", module: "node16", compiler: NEWEST },
  { moduleResolution: "nodenext", module: "nodenext", compiler: NEWEST },
  { moduleResolution: "bundler", module: "esnext", compiler: NEWEST },
])("by moduleResolution $moduleResolution the types are found", ({ compiler, ...options }) => {
  it("in Node.js, with Express", async () => {
    const withoutDom = { ...options, lib: ["es2023"] };
    expect(await compile(["node.mts", "express.mts"], ["node", "express"], compiler, withoutDom)).toBe("");
  });

  it("where nothing of Node.js is", async () => {
    expect(await compile(["browser.mts"], [], compiler, options)).toBe("");
  });
});

describe("CommonJS", () => {
  it("finds the types, without Express's", async () => {
    const options = { module: "nodenext", moduleResolution: "nodenext" };
    expect(await compile(["node.cts"], ["node"], NEWEST, options)).toBe("");
  });

  it("requires the package", () => {
    const program = `
      const { Ringback } = require("@ringback/client");
      const { Verifier } = require("@ringback/client/webhook");
      new Ringback({ apiKey: "k" }).close();
      console.log(typeof Verifier.refreshing);
    `;
    const flags = ["--input-type=commonjs", "--no-warnings", "-e", program];
    expect(execFileSync("node", flags, { encoding: "utf8" })).toBe("function\n");
  });
});
