/** What a secret of ours begins with. */
const PREFIX = "whsec_";

/** The bytes of a secret. Throws a `TypeError` that does not show it when it is none. */
export function keyBytes(secret: string): Uint8Array<ArrayBuffer> {
  const base64 = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret;
  const isBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(base64);
  const bytes = Uint8Array.from(isBase64 ? atob(base64) : "", (char) => char.charCodeAt(0));
  if (bytes.length < 24 || bytes.length > 64) {
    throw new TypeError("a signing secret must be whsec_ and the base64 of 24 to 64 bytes");
  }
  return bytes;
}

/** Makes of a secret a key for HMAC-SHA256. */
export function importKey(bytes: Uint8Array<ArrayBuffer>, usage: "sign" | "verify"): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, [usage]);
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
