/** Members whose own members are no words of the API. */
const MAPS = new Set(["headers", "labels", "request_headers", "response_headers", "metadata"]);

const BYTES: Record<string, string> = { body: "binary_body", response_body: "binary_response_body" };

/** Makes of a native value the JSON that REST has for it. */
export function restForm(value: unknown): unknown {
  if (value instanceof Date) {
    return value.toISOString();
  }
  if (Array.isArray(value)) {
    return value.map(restForm);
  }
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value).map(member)) : value;
}

function member([name, value]: [string, unknown]): [string, unknown] {
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  if (value instanceof Uint8Array) {
    return [BYTES[snake] ?? snake, Buffer.from(value).toString("base64")];
  }
  return [snake, MAPS.has(snake) ? value : restForm(value)];
}

/** Makes of the JSON of REST what the client takes. */
export function nativeForm(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(nativeForm);
  }
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(nativeMember))
    : value;
}

function nativeMember([name, value]: [string, unknown]): [string, unknown] {
  switch (name) {
    case "binary_body":
      return ["body", Uint8Array.from(Buffer.from(value as string, "base64"))];
    case "scheduled_at":
      return ["scheduledAt", new Date(value as string)];
    case "label":
      return ["labels", Object.fromEntries((value as string[]).map(label))];
    default:
      return [
        name.replace(/_[a-z]/g, (letter) => letter.charAt(1).toUpperCase()),
        MAPS.has(name) ? value : nativeForm(value),
      ];
  }
}

/** A label without `=` is one without a key. */
function label(text: string): [string, string] {
  const split = text.indexOf("=");
  return [text.slice(0, Math.max(split, 0)), text.slice(split + 1)];
}
