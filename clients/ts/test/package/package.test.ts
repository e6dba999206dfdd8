import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { VERSION } from "../../src/version.js";

const manifest = createRequire(import.meta.url)("../../package.json") as { version: string };

describe("the package", () => {
  it("is of the version that the user agent tells", () => {
    expect(VERSION).toBe(manifest.version);
  });

  it("holds what was built, the README and the licence", () => {
    const [packed] = JSON.parse(
      execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts", "--loglevel=error"], {
        encoding: "utf8",
      }),
    ) as { files: { path: string }[]; size: number }[];
    const others = packed!.files.map(({ path }) => path).filter((path) => !path.startsWith("dist/"));
    expect(others.sort()).toEqual(["LICENSE", "README.md", "package.json"]);
    expect(packed!.size).toBeLessThan(150_000);
  });

  it.each([
    { conditions: ["node"], entry: "node" },
    { conditions: ["node", "deno"], entry: "web" },
    { conditions: ["workerd", "worker", "browser"], entry: "web" },
    { conditions: ["edge-light", "node"], entry: "web" },
    { conditions: ["browser"], entry: "web" },
    { conditions: [], entry: "web" },
  ])("under $conditions is the entry $entry", async ({ conditions, entry }) => {
    const { metafile } = await build({
      stdin: { contents: `export * from "@ringback/client"`, resolveDir: import.meta.dirname },
      bundle: true,
      external: ["@bufbuild/*", "@connectrpc/*", "node:*"],
      platform: "neutral",
      conditions,
      metafile: true,
      write: false,
    });
    expect(Object.keys(metafile.inputs)).toContain(`dist/${entry}.js`);
  });
});
