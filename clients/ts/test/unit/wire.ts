import { createServer as createHttp1Server, type RequestListener } from "node:http";
import { createSecureServer, createServer as createHttp2Server, type SecureServerOptions } from "node:http2";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import type { ServiceImpl } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { onTestFinished } from "vitest";
import { JobService } from "../../src/gen/ringback/v1/job_service_pb.js";

/** Serves jobs by gRPC on a port of its own until the test ends. */
export function serveGrpc(jobs: Partial<ServiceImpl<typeof JobService>>, tls?: SecureServerOptions): Promise<string> {
  const handler = connectNodeAdapter({ routes: ({ service }) => void service(JobService, jobs) });
  return listen(tls ? createSecureServer(tls, handler) : createHttp2Server(handler), tls ? "https" : "http");
}

/** Serves jobs by gRPC-Web. */
export function serveGrpcWeb(jobs: Partial<ServiceImpl<typeof JobService>>): Promise<string> {
  return serveHttp(connectNodeAdapter({ routes: ({ service }) => void service(JobService, jobs) }));
}

/** Serves HTTP/1.1. */
export function serveHttp(handler: RequestListener): Promise<string> {
  return listen(createHttp1Server(handler), "http");
}

/** Takes connections. */
export function serveTcp(handler: (socket: Socket) => void): Promise<string> {
  return listen(createTcpServer(handler), "http");
}

/** An endpoint that nothing listens at. */
export async function nowhere(): Promise<string> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

async function listen(server: Server, scheme: string): Promise<string> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    sockets.forEach((socket) => socket.destroy());
  });
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
