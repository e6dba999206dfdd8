import { expect } from "vitest";

/** One case of `proto/cases`; its README says what each member means. */
export interface Case {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly untyped?: string;
}

export interface Step {
  readonly call: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly key?: string;
  readonly answer?: unknown;
  readonly messages?: readonly unknown[];
  readonly ends?: boolean;
  readonly error?: {
    readonly code: string;
    readonly reason: string;
    readonly metadata?: object;
    readonly fields?: readonly string[];
  };
  readonly save?: Readonly<Record<string, string>>;
}

/** Puts saved values in the place of `${name}`, however deep. */
export function substitute<T>(value: T, saved: ReadonlyMap<string, string>): T {
  const put = (_: string, name: string) => {
    expect(saved.has(name), `\${${name}} was saved`).toBe(true);
    return saved.get(name)!;
  };
  return JSON.parse(JSON.stringify(value), (_, text: unknown) =>
    typeof text === "string" ? text.replace(/\$\{(\w+)\}/g, put) : text,
  );
}

/** What stands at a path such as `jobs.0.id`. */
export function at(value: unknown, path: string): unknown {
  return path.split(".").reduce((found, name) => (found as Record<string, unknown> | undefined)?.[name], value);
}

/** Expects that an answer holds what is wanted, and perhaps more. */
export function expectHolds(answer: unknown, wanted: unknown, path: string): void {
  if (wanted === "<absent>") {
    expect(isEmpty(answer), `${path} is absent, not ${JSON.stringify(answer)}`).toBe(true);
  } else if (wanted === "<any>") {
    expect(answer, `${path} is there`).toBeDefined();
  } else if (Array.isArray(wanted)) {
    expect(answer, path).toHaveLength(wanted.length);
    wanted.forEach((item, index) => expectHolds(at(answer, String(index)), item, `${path}.${index}`));
  } else if (typeof wanted === "object" && wanted !== null) {
    Object.entries(wanted).forEach(([name, item]) => expectHolds((answer as never)?.[name], item, `${path}.${name}`));
  } else {
    expect(answer, path).toEqual(wanted);
  }
}

function isEmpty(value: unknown): boolean {
  const falsy = value === undefined || value === "" || value === 0 || value === false;
  return falsy || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
}
