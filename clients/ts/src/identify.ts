import type { Interceptor } from "@connectrpc/connect";
import { VERSION } from "./version.js";

/** Sends with each call the key and the name of the calling program: browsers name themselves, hence `x-user-agent`. */
export function identify(apiKey: string, userAgentHeader: "user-agent" | "x-user-agent"): Interceptor {
  return (next) => (request) => {
    request.header.set("authorization", `Bearer ${apiKey}`);
    request.header.set(userAgentHeader, `ringback-ts/${VERSION}`);
    return next(request);
  };
}
