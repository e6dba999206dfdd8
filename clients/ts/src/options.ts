/** How a client reaches Ringback. */
export interface ClientOptions {
  /** Where Ringback listens: `http://host:port`, or `https://host:port` with TLS. Default `RINGBACK_ENDPOINT`, else `http://127.0.0.1:8080`. */
  endpoint?: string | undefined;
  /** A key of the project. Default `RINGBACK_API_KEY`. */
  apiKey?: string | undefined;
  /** How long a call may take with all its retries, in milliseconds, unless the call says otherwise. Default 30,000; `Infinity`: no limit. */
  timeoutMs?: number | undefined;
  /** How many times a call that is safe to repeat is tried in all while Ringback is away. Default 4; 1: no retries. */
  maxAttempts?: number | undefined;
}

/** How one call is to be made. */
export interface CallOptions {
  /** Ends the call, which is then rejected with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** How long it may take, in milliseconds; then it is rejected with `DEADLINE_EXCEEDED`. `Infinity`: no limit. */
  timeoutMs?: number | undefined;
}

/** The options of a client with all defaults filled in, and checked. */
export interface Settings {
  readonly endpoint: string;
  readonly apiKey: string;
  readonly timeoutMs: number;
  readonly maxAttempts: number;
}

/** Fills in defaults, from the environment too where there is one. Throws a `TypeError` for what can't be. */
export function settingsOf(options: ClientOptions): Settings {
  return {
    endpoint: endpointOf(options.endpoint ?? fromEnvironment("RINGBACK_ENDPOINT") ?? "http://127.0.0.1:8080"),
    apiKey: apiKeyOf(options.apiKey ?? fromEnvironment("RINGBACK_API_KEY") ?? ""),
    timeoutMs: timeoutOf(options.timeoutMs ?? 30_000),
    maxAttempts: maxAttemptsOf(options.maxAttempts ?? 4),
  };
}

/** Checks a number of milliseconds. */
export function timeoutOf(timeoutMs: number): number {
  if (!(timeoutMs > 0)) {
    throw new TypeError(`timeoutMs must be more than 0, not ${timeoutMs}`);
  }
  return timeoutMs;
}

function maxAttemptsOf(maxAttempts: number): number {
  if (!(maxAttempts >= 1)) {
    throw new TypeError(`maxAttempts must be at least 1, not ${maxAttempts}`);
  }
  return maxAttempts;
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
