import { Backoff, sleep } from "./backoff.js";
import { RingbackError } from "./errors.js";
import { toWatchMessage } from "./convert.js";
import type { WatchMessage as PbWatchMessage } from "./gen/ringback/v1/watch_pb.js";
import type { WatchParams } from "./params.js";
import { toRingbackError } from "./rpc-error.js";
import type { Scope } from "./scope.js";
import type { WatchMessage } from "./watch-message.js";

/** Opens a stream of messages after the one with a resume token. */
export type Open = (resumeToken: string, signal: AbortSignal) => AsyncIterable<PbWatchMessage>;

/** Checkpoints come every few seconds, so a stream that tells nothing for this long is dead. */
const SILENCE_MS = 30_000;

/**
 * Hands out the messages of a stream, and opens it again after the last one whenever it breaks, until the scope is over, the
 * stream has come to its end, or the server refuses. The scope begins with the first message that is asked for.
 */
export async function* watch(open: Open, params: WatchParams, begin: () => Scope): AsyncGenerator<WatchMessage, void> {
  const scope = begin();
  const backoff = new Backoff(100, 5_000);
  let resumeToken = params.resumeToken ?? "";
  try {
    for (;;) {
      try {
        for await (const message of stream(open, resumeToken, scope)) {
          backoff.reset();
          resumeToken = message.resumeToken;
          if (message.type !== "checkpoint" || params.checkpoints) {
            yield message;
          }
        }
        return;
      } catch (thrown) {
        if (!(thrown instanceof RingbackError && thrown.retryable)) {
          throw thrown;
        }
      }
      await sleep(backoff.next(), scope.signal);
    }
  } finally {
    scope.release();
  }
}

/** The messages of one stream; its connection ends with it. */
async function* stream(open: Open, resumeToken: string, scope: Scope): AsyncGenerator<WatchMessage, void> {
  const own = scope.within(Infinity);
  try {
    own.signal.throwIfAborted();
    const messages = open(resumeToken, own.signal)[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await soon(messages.next());
      if (done) {
        return;
      }
      yield toWatchMessage(value);
    }
  } catch (thrown) {
    scope.signal.throwIfAborted();
    throw toRingbackError(thrown);
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
