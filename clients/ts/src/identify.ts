import type { Interceptor } from "@connectrpc/connect";
import { VERSION } from "./version.js";

/** Tells with each call whose key it is, and which program calls: browsers name themselves, hence `x-user-agent`. */
export function identify(apiKey: string, userAgentHeader: "user-agent" | "x-user-agent"): Interceptor {
  return (next) => (request) => {
    request.header.set("authorization", `Bearer ${apiKey}`);
    request.header.set(userAgentHeader, `ringback-ts/${VERSION}`);
    return next(request);
  };
}
