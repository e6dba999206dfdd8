import type { ConnectionOptions } from "node:tls";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { Client } from "./client.js";
import { identify } from "./identify.js";
import { type ClientOptions, settingsOf } from "./options.js";

export * from "./api.js";

/** How a client in Node.js reaches Ringback. */
export interface NodeClientOptions extends ClientOptions {
  /** For `https` with a CA of your own (`ca`) or a client certificate (`cert`, `key`). Default: Node's own roots. */
  tls?: Pick<ConnectionOptions, "ca" | "cert" | "key" | "passphrase" | "servername"> | undefined;
}

/** As large as an answer may be: 32 MiB. */
const MAX_MESSAGE_BYTES = 32 << 20;

/**
 * A connection to Ringback by gRPC. It is made with the first call, and made again when it breaks. Make one client and share it.
 *
 * An idle client does not keep the process alive.
 */
export class Ringback extends Client {
  /** Throws a `TypeError` when the endpoint is not one, or the key is missing. */
  constructor(options: NodeClientOptions = {}) {
    const settings = settingsOf(options);
    if (options.tls && !settings.endpoint.startsWith("https:")) {
      throw new TypeError("tls is for an endpoint with https://");
    }
    // A connection that is dead but not closed would take the reconnects of a watch with it.
    const pings = { pingIntervalMs: 15_000, pingTimeoutMs: 10_000 };
    const sessionManager = new Http2SessionManager(settings.endpoint, pings, options.tls);
    const transport = createGrpcTransport({
      baseUrl: settings.endpoint,
      sessionManager,
      readMaxBytes: MAX_MESSAGE_BYTES,
      interceptors: [identify(settings.apiKey, "user-agent")],
    });
    super(settings, transport, () => sessionManager.abort());
  }
}
