import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { endpoint } from "./server.js";

/** What a proxy does to its nth connection (from 0). */
export type Fault = (connection: number, client: Socket, server: Socket) => void;

/**
 * A TCP proxy in front of the server, which does something to each connection. It lasts until the test is over; of tests side by
 * side each says by its own context when that is.
 */
export async function proxy(
  fault: Fault,
  whenOver: (cleanUp: () => void) => void = onTestFinished,
): Promise<{ endpoint: string; connections: () => number }> {
  const { hostname, port } = new URL(endpoint);
  const sockets = new Set<Socket>();
  let connections = 0;
  const listener = createServer((client) => {
    const server = connect(Number(port), hostname);
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on("error", () => {}).on("close", () => [client, server].forEach((each) => each.destroySoon()));
    }
    client.pipe(server);
    server.pipe(client);
    fault(connections++, client, server);
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  whenOver(() => {
    listener.close();
    sockets.forEach((socket) => socket.destroy());
  });
  const address = listener.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${address.port}`, connections: () => connections };
}

/** Cuts each connection after so many bytes from the server, the first soon and each later a little later. */
export const cutAfter =
  (first: number, more: number): Fault =>
  (connection, client, server) => {
    let left = first + connection * more;
    server.unpipe(client);
    server.on("data", (bytes: Buffer) => {
      client.write(bytes.subarray(0, left));
      left -= bytes.length;
      if (left <= 0) {
        server.destroy();
      }
    });
    server.resume();
  };

/** Lets nothing of the server's through on the first connection, and cuts that when it is told to. */
export const mute =
  (until: AbortSignal): Fault =>
  (connection, client, server) => {
    if (connection === 0) {
      server.unpipe(client);
      server.resume();
      until.addEventListener("abort", () => client.destroy());
    }
  };

/** Lets the first connection go dead after so many bytes from the server: nothing more passes, nobody is told. */
export const deadAfter =
  (count: number): Fault =>
  (connection, client, server) => {
    let left = connection === 0 ? count : Infinity;
    server.on("data", (bytes: Buffer) => {
      left -= bytes.length;
      if (left <= 0) {
        server.unpipe(client);
        client.unpipe(server);
      }
    });
  };
