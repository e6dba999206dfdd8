import { build } from "esbuild";

/** Makes of a program what a bundler makes of it for browsers: minified, with all that it imports. */
export async function bundle(program: string, format: "esm" | "iife" = "esm"): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    platform: "browser",
    target: "es2022",
    format,
    minify: true,
    write: false,
  });
  return outputFiles[0]!.text;
}
