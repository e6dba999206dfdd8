import { callable, type Check, check, type Checks, count, duration, signal, text } from "./check.js";
import { type Duration, milliseconds } from "./duration.js";
import type { OnRetry } from "./tries.js";

/** How a client reaches Ringback. */
export interface ClientOptions {
  /** Where Ringback listens: `http://host:port`, or `https://host:port` with TLS. Default `RINGBACK_ENDPOINT`, else `http://127.0.0.1:8080`. */
  endpoint?: string | undefined;
  /** A key of the project. Default `RINGBACK_API_KEY`. */
  apiKey?: string | undefined;
  /** How long a call may take with all its retries, unless the call says otherwise. Default `30s`; `none`: no limit. */
  timeout?: Duration | undefined;
  /** How many times a call that is safe to repeat is tried in all while Ringback is away. Default: until its timeout; 1: no retries. */
  maxAttempts?: number | undefined;
  /** Is told of each try that failed and is made again, of calls, waits and watches. */
  onRetry?: OnRetry | undefined;
}

/** How one call is to be made. */
export interface CallOptions {
  /** Ends the call, which is then rejected with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** How long it may take, with all its retries; then it is rejected with `DEADLINE_EXCEEDED`. `none`: no limit. */
  timeout?: Duration | undefined;
}

/** The options of a client with all defaults filled in, and checked. */
export interface Settings {
  readonly endpoint: string;
  readonly apiKey: string;
  readonly timeoutMs: number;
  readonly maxAttempts: number;
  readonly onRetry: OnRetry | undefined;
}

const timeout: Check = (value, path) => {
  duration(value, path);
  timeoutOf(value as Duration);
};

export const CLIENT: Checks<ClientOptions> = {
  endpoint: text,
  apiKey: text,
  timeout,
  maxAttempts: count,
  onRetry: callable,
};

export const CALL: Checks<CallOptions> = { signal, timeout };

/** Fills in defaults, from the environment too where there is one. Throws a `TypeError` for invalid options. */
export function settingsOf<T extends ClientOptions>(options: T, checks: Checks<T>): Settings {
  check(options, checks);
  return {
    endpoint: endpointOf(options.endpoint ?? fromEnvironment("RINGBACK_ENDPOINT") ?? "http://127.0.0.1:8080"),
    apiKey: apiKeyOf(options.apiKey ?? fromEnvironment("RINGBACK_API_KEY") ?? ""),
    timeoutMs: timeoutOf(options.timeout ?? "30s"),
    maxAttempts: options.maxAttempts ?? Infinity,
    onRetry: options.onRetry,
  };
}

/** A timeout in milliseconds. */
export function timeoutOf(timeout: Duration): number {
  const ms = timeout === "none" ? Infinity : milliseconds(timeout, "timeout");
  if (ms === 0) {
    throw new TypeError("timeout must be more than 0s; none means no limit");
  }
  return ms;
}

function endpointOf(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  // The error does not quote it: it may hold a password.
  if (
    !url ||
    !/^https?:$/.test(url.protocol) ||
    url.username ||
    url.password ||
    url.pathname !== "/" ||
    url.search ||
    url.hash
  ) {
    throw new TypeError("endpoint must be http://host:port or https://host:port");
  }
  return url.origin;
}

function apiKeyOf(apiKey: string): string {
  if (apiKey === "") {
    throw new TypeError("apiKey is missing: give it as an option or in the environment as RINGBACK_API_KEY");
  }
  if (!/^[!-~]+$/.test(apiKey)) {
    throw new TypeError("apiKey must be visible ASCII characters, without spaces or line breaks");
  }
  return apiKey;
}

/** Browsers and some edge runtimes have no `process`. */
function fromEnvironment(name: string): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return process?.env?.[name] || undefined;
}
