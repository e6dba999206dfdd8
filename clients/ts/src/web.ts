import { createGrpcWebTransport } from "@connectrpc/connect-web";
import type { Checks } from "./check.js";
import { Client } from "./client.js";
import { identify } from "./identify.js";
import { CLIENT, type ClientOptions, settingsOf } from "./options.js";

export * from "./api.js";

const WEB_CLIENT: Checks<ClientOptions & { tls?: never }> = {
  ...CLIENT,
  tls: () => {
    throw new TypeError("tls is for Node.js: here the runtime makes the connections");
  },
};

/**
 * A client for browsers and edge runtimes: gRPC-Web by `fetch`. Make one and share it.
 *
 * A key in a browser is everyone's who opens the page: keep it to internal tools.
 */
export class Ringback extends Client {
  /** Throws a `TypeError` for invalid options, and when the key is missing. */
  constructor(options: ClientOptions = {}) {
    const settings = settingsOf(options, WEB_CLIENT);
    const transport = createGrpcWebTransport({
      baseUrl: settings.endpoint,
      interceptors: [identify(settings.apiKey, "x-user-agent")],
    });
    super(settings, transport);
  }
}
