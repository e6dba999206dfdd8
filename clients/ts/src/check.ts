// Types are checked where there is no compiler to do it: what can't be is told by name, before anything is sent. Which values are
// right is the server's to say.

/** Throws a `TypeError` that names the value by its path when it is of the wrong type. */
export type Check = (value: unknown, path: string) => void;

/** How each member of an object is checked, unless it is `undefined`. */
export type Checks<T> = { readonly [K in keyof T]-?: Check };

/** Checks an object, and that it has no other members. */
export function check<T extends object>(value: T, checks: Checks<T>, path = ""): void {
  if (tagOf(value) !== "Object") {
    const expected = path ? `${path} must be an object` : `an object of ${Object.keys(checks).join(", ")} is expected`;
    throw new TypeError(`${expected}, not ${describe(value)}`);
  }
  for (const [name, member] of Object.entries(value)) {
    const at = path ? `${path}.${name}` : name;
    if (!Object.hasOwn(checks, name)) {
      throw new TypeError(`${at} is unknown${instead(name, Object.keys(checks))}`);
    }
    if (member !== undefined) {
      checks[name as keyof T](member, at);
    }
  }
}

/** A member that is an object itself. */
export const shape =
  <T extends object>(checks: Checks<T>): Check =>
  (value, path) =>
    check(value as T, checks, path);

const is =
  (right: (value: unknown) => boolean, what: string): Check =>
  (value, path) => {
    if (!right(value)) {
      throw wrong(value, path, what);
    }
  };

export const text = /* @__PURE__ */ is((value) => typeof value === "string", "a text");

export const duration = /* @__PURE__ */ is((value) => typeof value === "string", "a duration such as 30s or 1h30m");

export const date = /* @__PURE__ */ is(
  (value) => tagOf(value) === "Date" && !Number.isNaN(Number(value)),
  "a valid Date",
);

export const whole = /* @__PURE__ */ is((value) => Number.isInteger(value), "a whole number");

export const count = /* @__PURE__ */ is((value) => typeof value === "number" && value >= 1, "a number from 1 on");

export const flag = /* @__PURE__ */ is((value) => typeof value === "boolean", "true or false");

export const callable = /* @__PURE__ */ is((value) => typeof value === "function", "a function");

export const signal = /* @__PURE__ */ is(
  (value) => typeof (value as AbortSignal | null)?.aborted === "boolean",
  "an AbortSignal",
);

export const anything: Check = () => {};

/** Text or bytes. */
export const body: Check = (value, path) => {
  if (typeof value !== "string" && tagOf(value) !== "Uint8Array") {
    const hint = /^(?:Object|Array)$/.test(tagOf(value)) ? ": give what is to be sent as JSON as `json`" : "";
    throw wrong(value, path, "a text or a Uint8Array", hint);
  }
};

/** Texts by names. */
export const texts: Check = (value, path) => {
  // A Map, and fetch's Headers, would count as empty.
  if (tagOf(value) !== "Object") {
    throw wrong(value, path, "an object of texts");
  }
  Object.entries(value as object).forEach(([name, each]) => text(each, `${path}.${name}`));
};

export const list =
  (item: Check): Check =>
  (value, path) => {
    if (!Array.isArray(value)) {
      throw wrong(value, path, "an array");
    }
    value.forEach((each, index) => item(each, `${path}[${index}]`));
  };

/** One of the words of an enum of the proto files, but for some. */
export function word(words: object, ...not: string[]): Check {
  const known = Object.keys(words).filter((name) => !/^\d|_unspecified$/.test(name) && !not.includes(name));
  return (value, path) => {
    if (!known.includes(value as string)) {
      const given = typeof value === "string" ? JSON.stringify(value) : describe(value);
      throw new TypeError(`${path} must be one of ${known.join(", ")}, not ${given}`);
    }
  };
}

function wrong(value: unknown, path: string, what: string, hint = ""): TypeError {
  return new TypeError(`${path} must be ${what}, not ${describe(value)}${hint}`);
}

/** What a value is. Texts are not shown: they may be secrets. */
function describe(value: unknown): string {
  if (value === null || value === undefined || typeof value === "number" || typeof value === "boolean") {
    return String(value);
  }
  if (typeof value === "string") {
    return "a text";
  }
  const tag = tagOf(value);
  const name = tag === "Date" && Number.isNaN(Number(value)) ? "invalid Date" : tag.replace(/^Object$|^Array$/, lower);
  return `${/^[aeiou]/i.test(name) ? "an" : "a"} ${name}`;
}

const lower = (word: string) => word.toLowerCase();

/** The name of a value's class, whichever realm it came from. */
function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

/** Which name may have been meant, else all that there are. */
function instead(name: string, known: string[]): string {
  const given = stem(name).slice(0, 40);
  let least = given.length / 3 + 1;
  let likely: string | undefined;
  for (const each of known) {
    const candidate = stem(each);
    const part = candidate.startsWith(given) || candidate.endsWith(given) || given.endsWith(candidate);
    const difference = part && given.length >= 4 ? 1 : distance(given, candidate);
    if (difference < least) {
      [least, likely] = [difference, each];
    }
  }
  return likely ? `: did you mean ${likely}?` : `: there are ${known.join(", ")}`;
}

/** Without what separates its words, in the singular. */
function stem(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, "").replace(/ies$/, "y").replace(/s$/, "");
}

/** How many letters must be put in, left out or changed: the distance of Levenshtein. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, j) => j);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const changed = row[j - 1]! + Number(one[i - 1] !== other[j - 1]);
      next.push(Math.min(changed, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[other.length]!;
}
