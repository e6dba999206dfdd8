// What both entries export beside their client.
export type { Duration } from "./duration.js";
export { type ErrorCode, type ErrorFacts, type ErrorReason, type FieldViolation, RingbackError } from "./errors.js";
export { isFinal } from "./job.js";
export type * from "./job.js";
export type { Jobs } from "./jobs.js";
export type { CallOptions, ClientOptions } from "./options.js";
export type { Page, Pages } from "./pages.js";
export type * from "./params.js";
export type { SigningSecret } from "./signing-secret.js";
export type { SigningSecrets } from "./signing-secrets.js";
export type { OnRetry, Retry } from "./tries.js";
export { VERSION } from "./version.js";
export type * from "./watch-message.js";
