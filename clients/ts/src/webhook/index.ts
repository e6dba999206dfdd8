export type { AdapterOptions } from "./answers.js";
export { Delivery } from "./delivery.js";
export { WebhookError, type WebhookErrorReason } from "./errors.js";
export { expressMiddleware, type ExpressRequest, type ExpressResponse } from "./express.js";
export { fetchHandler } from "./fetch.js";
export { type CallbackHeaders, Verifier, type VerifierOptions } from "./verifier.js";
export { sign, type Signable, type SignedHeaders } from "./sign.js";
