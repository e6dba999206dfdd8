import { Code } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { OnRetry } from "../../src/api.js";
import { Job_Status } from "../../src/gen/ringback/v1/job_pb.js";
import { clientOf, cut, refusal } from "./fake.js";

describe("await", () => {
  beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0));
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("asks again until the job has ended, through failures", async () => {
    const answers = [
      () => ({ status: Job_Status.pending }),
      () => Promise.reject(refusal(Code.Unavailable, "OVERLOADED")),
      () => Promise.reject(cut(Code.Internal)),
      () => ({ status: Job_Status.running }),
      () => ({ status: Job_Status.failed }),
    ];
    const awaitJob = vi.fn(async (_request: { wait: string }) => answers.shift()!());
    const onRetry = vi.fn<OnRetry>();
    expect(await clientOf({ awaitJob }, { onRetry }).jobs.await("job_1")).toMatchObject({ status: "failed" });
    expect(awaitJob).toHaveBeenCalledTimes(5);
    expect(onRetry.mock.calls.map(([{ call, attempt }]) => [call, attempt])).toEqual([
      ["AwaitJob", 1],
      ["AwaitJob", 2],
    ]);
    expect(awaitJob.mock.calls[0]?.[0]).toMatchObject({ id: "job_1", wait: "60s" });
  });

  it("is refused as other calls are", async () => {
    const awaitJob = vi.fn(() => Promise.reject(refusal(Code.NotFound, "JOB_NOT_FOUND", { id: "job_1" })));
    await expect(clientOf({ awaitJob }).jobs.await("job_1")).rejects.toMatchObject({
      reason: "JOB_NOT_FOUND",
      metadata: { id: "job_1" },
    });
    expect(awaitJob).toHaveBeenCalledTimes(1);
  });

  it("takes a call that hangs for dead, not for the end", async () => {
    vi.useFakeTimers();
    const answers = [() => new Promise<never>(() => {}), () => ({ status: Job_Status.completed })];
    const awaiting = clientOf({ awaitJob: async () => answers.shift()!() }).jobs.await("job_1");
    await vi.advanceTimersByTimeAsync(75_000);
    await vi.runAllTimersAsync();
    expect(await awaiting).toMatchObject({ status: "completed" });
  });

  it("ends at its deadline and with its signal", async () => {
    const client = clientOf({ awaitJob: () => new Promise<never>(() => {}) });
    await expect(client.jobs.await("job_1", { timeout: "20ms" })).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    const reason = new Error("enough");
    await expect(client.jobs.await("job_1", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
