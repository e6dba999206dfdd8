import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { RingbackError } from "../../src/errors.js";
import { call, errorForm } from "./calls.js";
import { at, type Case, expectHolds, substitute } from "./case.js";
import { endpoint, transports, unique } from "./server.js";

const folder = new URL("../../../../proto/cases/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".json"));

describe.each(transports)("by $name", ({ AnyRingback }) => {
  describe.each(files)("%s", (file) => {
    const { cases } = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as { cases: Case[] };

    it.each(cases.filter((each) => !each.untyped))("$name", async ({ steps }) => {
      const saved = new Map(
        Object.entries({ ok: `${endpoint}/healthz`, broken: `${endpoint}/nothing-here`, unique: unique() }),
      );
      for (const [index, raw] of steps.entries()) {
        const step = substitute(raw, saved);
        const where = `${step.call} (step ${index + 1})`;
        const client = new AnyRingback({ endpoint, ...(step.key && { apiKey: step.key }) });
        const answer = await call(client, step).catch((thrown: unknown) => thrown);
        client.close();
        if (step.error) {
          const { code, reason, metadata = {}, fields } = step.error;
          expect(answer, where).toBeInstanceOf(RingbackError);
          const wanted = { code, reason, metadata, ...(fields && { fields: [...fields].sort() }) };
          expectHolds(errorForm(answer as RingbackError), wanted, where);
          continue;
        }
        if (answer instanceof Error) {
          throw answer;
        }
        expectHolds(answer, step.messages ? { messages: step.messages } : step.answer, where);
        for (const [name, path] of Object.entries(step.save ?? {})) {
          saved.set(name, String(at(answer, path)));
        }
      }
    });
  });
});
