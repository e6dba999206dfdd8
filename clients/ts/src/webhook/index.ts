export type { Duration } from "../duration.js";
export type { AdapterOptions } from "./answers.js";
export { Delivery, type DeliveryFacts } from "./delivery.js";
export { WebhookError, type WebhookErrorReason } from "./errors.js";
export { fetchHandler } from "./fetch.js";
export { expressMiddleware, type ExpressRequest, type ExpressResponse, httpHandler } from "./http.js";
export { type RefreshingOptions, type SecretsSource } from "./refreshing.js";
export { type CallbackHeaders, Verifier, type VerifierOptions } from "./verifier.js";
export { sign, type Signable, type SignedHeaders } from "./sign.js";
