import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { Client } from "./client.js";
import { identify } from "./identify.js";
import { type ClientOptions, settingsOf } from "./options.js";

export * from "./api.js";

/**
 * A client for browsers and edge runtimes: gRPC-Web by `fetch`. Make one and share it.
 *
 * A key in a browser is everyone's who opens the page: keep it to internal tools.
 */
export class Ringback extends Client {
  /** Throws a `TypeError` when the endpoint is not one, or the key is missing. */
  constructor(options: ClientOptions = {}) {
    const settings = settingsOf(options);
    const transport = createGrpcWebTransport({
      baseUrl: settings.endpoint,
      interceptors: [identify(settings.apiKey, "x-user-agent")],
    });
    super(settings, transport);
  }
}
