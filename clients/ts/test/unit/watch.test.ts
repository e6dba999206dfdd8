import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, type HandlerContext } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ClientOptions, Retry } from "../../src/api.js";
import { type WatchMessageSchema, WatchMessage_Type } from "../../src/gen/ringback/v1/watch_pb.js";
import { all, clientOf, cut, refusal } from "./fake.js";

type Message = MessageInitShape<typeof WatchMessageSchema>;

const message = (resumeToken: string, type = WatchMessage_Type.attempt_started): Message => ({ resumeToken, type });
const quiet = (context: HandlerContext) =>
  new Promise<never>((_, reject) => context.signal.addEventListener("abort", () => reject(context.signal.reason)));

/** A server whose streams do one thing after another; it notes the tokens that they are opened with. */
const serverOf = (...streams: Stream[]) => serverWith({}, ...streams);

type Stream = (context: HandlerContext) => AsyncGenerator<Message>;

function serverWith(options: ClientOptions, ...streams: Stream[]) {
  const tokens: string[] = [];
  const watchJob = (request: { resumeToken: string }, context: HandlerContext) => {
    const stream = streams[tokens.length];
    tokens.push(request.resumeToken);
    return stream ? stream(context) : (Promise.reject(refusal(Code.Internal, "INTERNAL")) as never);
  };
  return { client: clientOf({ watchJob }, options), tokens };
}

const tokensOf = async (messages: AsyncIterable<{ resumeToken: string }>) =>
  (await all(messages)).map(({ resumeToken }) => resumeToken);

describe("a watch", () => {
  beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0));
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("ends when its stream does", async () => {
    const { client, tokens } = serverOf(async function* () {
      yield message("1");
      yield message("2");
    });
    expect(await tokensOf(client.jobs.watch("job_1"))).toEqual(["1", "2"]);
    expect(tokens).toEqual([""]);
  });

  it.each([
    ["a cut connection", cut],
    ["a server that stops", () => refusal(Code.Unavailable, "OVERLOADED")],
    ["being too slow", () => refusal(Code.Aborted, "WATCHER_TOO_SLOW")],
    ["a reset of HTTP/2", () => cut(Code.Canceled)],
    ["a truncated body", () => cut(Code.InvalidArgument)],
  ])("goes on behind the last message after %s", async (_, failure) => {
    const { client, tokens } = serverOf(
      async function* () {
        yield message("1");
        throw failure();
      },
      async function* () {
        throw failure();
      },
      async function* () {
        yield message("2");
      },
    );
    expect(await tokensOf(client.jobs.watch("job_1"))).toEqual(["1", "2"]);
    expect(tokens).toEqual(["", "1", "1"]);
  });

  it("begins with the token that it is given, and keeps it until the first message", async () => {
    const { client, tokens } = serverOf(
      async function* () {
        throw cut();
      },
      async function* () {
        yield message("9");
      },
    );
    expect(await tokensOf(client.jobs.watch("job_1", { resumeToken: "8" }))).toEqual(["9"]);
    expect(tokens).toEqual(["8", "8"]);
  });

  it.each([
    [Code.InvalidArgument, "INVALID_FIELDS"],
    [Code.NotFound, "JOB_NOT_FOUND"],
    [Code.Unauthenticated, "API_KEY_INVALID"],
    [Code.PermissionDenied, ""],
    [Code.OutOfRange, "RESUME_TOKEN_TOO_OLD"],
    [Code.FailedPrecondition, ""],
    [Code.Unimplemented, ""],
    [Code.Internal, "INTERNAL"],
    [Code.Aborted, "OTHER"],
  ])("that is refused with code %i is not tried again", async (code, reason) => {
    const { client, tokens } = serverOf(async function* () {
      yield message("1");
      throw refusal(code, reason);
    });
    const seen: string[] = [];
    const watching = (async () => {
      for await (const { resumeToken } of client.jobs.watch("job_1")) seen.push(resumeToken);
    })();
    await expect(watching).rejects.toMatchObject({ name: "RingbackError", reason });
    expect(seen).toEqual(["1"]);
    expect(tokens).toHaveLength(1);
  });

  it("resumes behind checkpoints, and hands them out only when asked to", async () => {
    const streams = [
      async function* () {
        yield message("1");
        yield message("2", WatchMessage_Type.checkpoint);
        throw cut();
      },
      async function* () {
        yield message("3");
      },
    ];
    const hidden = serverOf(...streams);
    expect(await tokensOf(hidden.client.jobs.watch("job_1"))).toEqual(["1", "3"]);
    expect(hidden.tokens).toEqual(["", "2"]);
    expect(await tokensOf(serverOf(...streams).client.jobs.watch("job_1", { checkpoints: true }))).toEqual([
      "1",
      "2",
      "3",
    ]);
  });

  it("takes 30 seconds of silence for a dead connection, which it ends", async () => {
    vi.useFakeTimers();
    const ended = vi.fn();
    let endedBefore = 0;
    const { client, tokens } = serverOf(
      async function* (context) {
        context.signal.addEventListener("abort", ended);
        yield message("1");
        await quiet(context);
      },
      async function* () {
        endedBefore = ended.mock.calls.length;
        yield message("2");
      },
    );
    const watching = tokensOf(client.jobs.watch("job_1"));
    await vi.advanceTimersByTimeAsync(29_999);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(2);
    expect(ended).toHaveBeenCalledTimes(1);
    await vi.runAllTimersAsync();
    expect(await watching).toEqual(["1", "2"]);
    expect(endedBefore, "before the next is opened").toBe(1);
    expect(tokens).toEqual(["", "1"]);
  });

  it("does not count the time that its reader takes as silence", async () => {
    vi.useFakeTimers();
    const { client, tokens } = serverOf(async function* () {
      yield message("1");
      yield message("2");
    });
    const watching = client.jobs.watch("job_1");
    await watching.next();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(await watching.next()).toMatchObject({ value: { resumeToken: "2" } });
    expect(tokens).toHaveLength(1);
  });

  it("waits longer from failure to failure, until a message comes", async () => {
    vi.useFakeTimers();
    vi.mocked(Math.random).mockReturnValue(1);
    const fails = async function* () {
      throw cut();
    };
    const tells = async function* () {
      yield message("1");
      throw cut();
    };
    const opened: number[] = [];
    const began = Date.now();
    const noting = (stream: () => AsyncGenerator<Message>) => () => (opened.push(Date.now() - began), stream());
    const streams = [...Array<typeof fails>(8).fill(fails), tells, fails, async function* () {}];
    const told: [string, number, string][] = [];
    const onRetry = ({ call, attempt, wait }: Retry) => void told.push([call, attempt, wait]);
    const watching = tokensOf(serverWith({ onRetry }, ...streams.map(noting)).client.jobs.watch("job_1"));
    await vi.runAllTimersAsync();
    await watching;
    expect(told.slice(7)).toEqual([
      ["WatchJob", 8, "5s"],
      ["WatchJob", 1, "100ms"],
      ["WatchJob", 2, "200ms"],
    ]);
    const waits = opened.slice(1).map((time, index) => time - opened[index]!);
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000, 100, 200]);
  });

  it("ends its connection when the reader leaves", async () => {
    const ended = vi.fn();
    const { client, tokens } = serverOf(async function* (context) {
      context.signal.addEventListener("abort", ended);
      yield message("1");
      await quiet(context);
    });
    for await (const _ of client.jobs.watch("job_1")) break;
    await vi.waitFor(() => expect(ended).toHaveBeenCalledTimes(1));
    expect(tokens).toHaveLength(1);
  });

  it("ends with the reason of its signal, while it waits for messages and while it waits to reconnect", async () => {
    const reason = new Error("enough");
    for (const stream of [quiet, () => Promise.reject(cut())]) {
      vi.mocked(Math.random).mockReturnValue(1);
      const controller = new AbortController();
      const { client } = serverOf(
        async function* (context) {
          yield message("1");
          await stream(context);
        },
        async function* (context) {
          await quiet(context);
        },
      );
      const watching = client.jobs.watch("job_1", { signal: controller.signal });
      await watching.next();
      const next = watching.next();
      controller.abort(reason);
      await expect(next).rejects.toBe(reason);
    }
  });

  it("ends at its deadline, if it has one, and when the client is closed", async () => {
    const stream = async function* (context: HandlerContext) {
      await quiet(context);
    };
    const { client } = serverOf(stream, stream);
    await expect(all(client.jobs.watch("job_1", { timeout: "20ms" }))).rejects.toMatchObject({
      code: "DEADLINE_EXCEEDED",
    });
    const watching = all(client.jobs.watch("job_1"));
    client.close();
    await expect(watching).rejects.toMatchObject({ code: "CANCELLED" });
  });

  it("of several jobs keeps its filter as it resumes", async () => {
    const requests: unknown[] = [];
    const client = clientOf({
      async *watchJobs(request) {
        requests.push(request);
        if (requests.length > 1) return;
        yield message("1", WatchMessage_Type.snapshot);
        throw cut();
      },
    });
    await all(client.jobs.watchAll({ labels: { team: "a" }, types: ["job_failed"] }));
    const filter = { label: ["team=a"], type: [WatchMessage_Type.job_failed] };
    expect(requests).toMatchObject([
      { ...filter, resumeToken: "" },
      { ...filter, resumeToken: "1" },
    ]);
  });
});
