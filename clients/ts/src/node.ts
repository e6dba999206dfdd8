import { connect as connectTcp, isIP } from "node:net";
import type { SecureClientSessionOptions } from "node:http2";
import { connect as connectTls } from "node:tls";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { anything, type Checks, shape, text } from "./check.js";
import { Client } from "./client.js";
import { identify } from "./identify.js";
import { CLIENT, type ClientOptions, settingsOf } from "./options.js";

export * from "./api.js";

/** How a client in Node.js reaches Ringback. */
export interface NodeClientOptions extends ClientOptions {
  /** For `https` with a CA of your own or a client certificate. Not in browsers and edge runtimes. */
  tls?: TlsOptions | undefined;
}

/** Who is trusted, and as whom a client shows itself, in PEM: as in Node's own `tls.connect`. */
export interface TlsOptions {
  /** The authorities that are trusted. Default: Node's own roots. */
  ca?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
  /** The client's certificate, with those between it and its root. */
  cert?: string | Uint8Array | undefined;
  /** The key of the client's certificate. */
  key?: string | Uint8Array | undefined;
  /** What the key is encrypted with. */
  passphrase?: string | undefined;
  /** The name that the server's certificate must have. Default: the endpoint's host. */
  servername?: string | undefined;
}

const NODE_CLIENT: Checks<NodeClientOptions> = {
  ...CLIENT,
  tls: shape<TlsOptions>({ ca: anything, cert: anything, key: anything, passphrase: text, servername: text }),
};

/** As large as an answer may be: 32 MiB. */
const MAX_MESSAGE_BYTES = 32 << 20;

/** So long it may take to connect, in milliseconds. Node's own sockets would wait for minutes. */
const CONNECT_MS = 5_000;

/**
 * A connection to Ringback by gRPC. It is made with the first call, and made again when it breaks. Make one client and share it.
 *
 * An idle client does not keep the process alive.
 */
export class Ringback extends Client {
  /** Throws a `TypeError` for invalid options, and when the key is missing. */
  constructor(options: NodeClientOptions = {}) {
    const settings = settingsOf(options, NODE_CLIENT);
    if (options.tls && !settings.endpoint.startsWith("https:")) {
      throw new TypeError("tls is for an endpoint with https://");
    }
    // A connection that is dead but not closed would take the reconnects of a watch with it.
    const pings = { pingIntervalMs: 15_000, pingTimeoutMs: 10_000 };
    const sessionManager = new Http2SessionManager(settings.endpoint, pings, {
      createConnection: (address) => connect(address, options.tls),
    });
    const transport = createGrpcTransport({
      baseUrl: settings.endpoint,
      sessionManager,
      readMaxBytes: MAX_MESSAGE_BYTES,
      interceptors: [identify(settings.apiKey, "user-agent")],
    });
    super(settings, transport, () => sessionManager.abort());
  }
}

/** Connects as Node's `http2` does, but not for ever. */
function connect({ protocol, hostname, port }: URL, tls: TlsOptions = {}) {
  const host = hostname.replace(/^\[|\]$/g, "");
  const isTls = protocol === "https:";
  const address = { host, port: Number(port) || (isTls ? 443 : 80) };
  const named = isIP(host) ? {} : { servername: host };
  const socket = isTls
    ? connectTls({ ...address, ...named, ALPNProtocols: ["h2"], ...(tls as SecureClientSessionOptions) })
    : connectTcp(address);
  socket.setTimeout(CONNECT_MS, () => socket.destroy(new Error(`no connection within ${CONNECT_MS / 1_000} s`)));
  return socket.once(isTls ? "secureConnect" : "connect", () => socket.setTimeout(0));
}
