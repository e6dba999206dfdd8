import type { Calls } from "./calls.js";
import { toWatchMessage } from "./convert.js";
import { RingbackError } from "./errors.js";
import type { WatchMessage as PbWatchMessage } from "./gen/ringback/v1/watch_pb.js";
import type { CallOptions } from "./options.js";
import type { WatchParams } from "./params.js";
import type { Scope } from "./scope.js";
import type { WatchMessage } from "./watch-message.js";

/** A call that is a watch. */
export interface Watching {
  /** Its name in the API. */
  readonly call: string;
  /** Opens a stream of messages after the one with a resume token. */
  open(resumeToken: string, signal: AbortSignal): AsyncIterable<PbWatchMessage>;
}

/** Checkpoints come every few seconds, so a stream that tells nothing for this long is dead. */
const SILENCE_MS = 30_000;

/**
 * Hands out the messages of a stream, and opens it again after the last one whenever it breaks, until the scope is over, the
 * stream has come to its end, or the server refuses. The scope begins with the first message that is asked for.
 */
export async function* watch(
  calls: Calls,
  watching: Watching,
  params: WatchParams & CallOptions,
): AsyncGenerator<WatchMessage, void> {
  const scope = calls.scope(params, Infinity);
  const tries = calls.tries(watching.call);
  let resumeToken = params.resumeToken ?? "";
  try {
    for (;;) {
      try {
        for await (const message of stream(calls, watching, resumeToken, scope)) {
          tries.reset();
          resumeToken = message.resumeToken;
          if (message.type !== "checkpoint" || params.checkpoints) {
            yield message;
          }
        }
        return;
      } catch (thrown) {
        await tries.pause(thrown, scope);
      }
    }
  } finally {
    scope.release();
  }
}

/** The messages of one stream; its connection ends with it. */
async function* stream(
  calls: Calls,
  watching: Watching,
  resumeToken: string,
  scope: Scope,
): AsyncGenerator<WatchMessage, void> {
  const own = scope.within(Infinity);
  try {
    own.signal.throwIfAborted();
    const messages = watching.open(resumeToken, own.signal)[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await soon(messages.next());
      if (done) {
        return;
      }
      yield toWatchMessage(value);
    }
  } catch (thrown) {
    scope.signal.throwIfAborted();
    throw calls.error(thrown);
  } finally {
    own.release();
  }
}

/** What comes, unless the stream is silent for too long. */
async function soon<T>(coming: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new RingbackError("UNAVAILABLE", "the watch went silent")), SILENCE_MS);
  });
  try {
    return await Promise.race([coming, silence]);
  } finally {
    clearTimeout(timer);
  }
}
