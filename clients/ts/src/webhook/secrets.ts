import { text } from "../check.js";

/** What a secret of Ringback's begins with. */
const PREFIX = "whsec_";

/** What a signature of this kind begins with. */
export const VERSION = "v1,";

/** The bytes of a secret. Throws a `TypeError` that does not show the secret when it is not valid. */
export function keyBytes(secret: string): Uint8Array<ArrayBuffer> {
  text(secret, "a signing secret");
  const base64 = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret;
  const isBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(base64);
  const bytes = Uint8Array.from(isBase64 ? atob(base64) : "", (char) => char.charCodeAt(0));
  if (bytes.length < 24 || bytes.length > 64) {
    throw new TypeError("a signing secret must be whsec_ and the base64 of 24 to 64 bytes");
  }
  return bytes;
}

/** The signature of a content: its version and the base64 of its HMAC-SHA256. */
export async function signature(key: Uint8Array<ArrayBuffer>, content: Uint8Array<ArrayBuffer>): Promise<string> {
  const hmac = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const bytes = await crypto.subtle.sign("HMAC", hmac, content);
  return VERSION + btoa(String.fromCharCode(...new Uint8Array(bytes)));
}

/** What is signed: `id.timestamp.body`. */
export function signedContent(id: string, timestamp: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(`${id}.${timestamp}.`);
  const content = new Uint8Array(head.length + body.length);
  content.set(head);
  content.set(body, head.length);
  return content;
}

/** A body as bytes; text as UTF-8. */
export function bodyBytes(body: string | Uint8Array): Uint8Array {
  return typeof body === "string" ? new TextEncoder().encode(body) : body;
}
