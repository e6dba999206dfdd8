import { Code } from "@connectrpc/connect";
import { describe, expect, expectTypeOf, it, vi } from "vitest";
import type { Job, Page } from "../../src/api.js";
import { Job_Status } from "../../src/gen/ringback/v1/job_pb.js";
import { all, clientOf, refusal } from "./fake.js";

/** Three pages of two jobs. */
function listing() {
  return vi.fn(async ({ pageToken, pageSize }: { pageToken: string; pageSize: number }) => {
    const page = Number(pageToken || "1");
    return {
      jobs: [{ id: `job_${page}a` }, { id: `job_${page}b` }],
      nextPageToken: page < 3 ? String(page + 1) : "",
      pageSize,
    };
  });
}

describe("a list", () => {
  it("reads pages as it is iterated over, and no more than are needed", async () => {
    const listJobs = listing();
    const list = clientOf({ listJobs }).jobs.list();
    expect(listJobs).not.toHaveBeenCalled();
    const seen: string[] = [];
    for await (const job of list) {
      seen.push(job.id);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual(["job_1a", "job_1b", "job_2a"]);
    expect(listJobs).toHaveBeenCalledTimes(2);
    expect((await all(list)).map((job) => job.id)).toHaveLength(6);
  });

  it("goes on over an empty page", async () => {
    const listJobs = async ({ pageToken }: { pageToken: string }) =>
      pageToken === "2" ? { jobs: [{ id: "job_1" }] } : { nextPageToken: pageToken === "" ? "1" : "2" };
    expect((await all(clientOf({ listJobs }).jobs.list())).map((job) => job.id)).toEqual(["job_1"]);
  });

  it("hands out pages", async () => {
    const list = clientOf({ listJobs: listing() }).jobs.list({ pageSize: 2, pageToken: "2" });
    expect((await all(list.pages())).map((page) => page.items.length)).toEqual([2, 2]);
    expect(await list).toMatchObject({ items: [{ id: "job_2a" }, { id: "job_2b" }], nextPageToken: "3" });
    expect(await clientOf({ listJobs: listing() }).jobs.list({ pageToken: "3" })).not.toHaveProperty("nextPageToken");
  });

  it("that is awaited is its first page, and fails as that does", async () => {
    const listJobs = listing();
    const list = clientOf({ listJobs }).jobs.list();
    expectTypeOf(await list).toEqualTypeOf<Page<Job>>();
    expect((await list).items.map((job) => job.id)).toEqual(["job_1a", "job_1b"]);
    expect(listJobs).toHaveBeenCalledTimes(2);
    const refused = clientOf({ listJobs: () => Promise.reject(refusal(Code.InvalidArgument, "INVALID_FIELDS")) });
    await expect(refused.jobs.list()).rejects.toMatchObject({ reason: "INVALID_FIELDS" });
  });

  it("sends its filter with each page", async () => {
    const listJobs = listing();
    await all(
      clientOf({ listJobs }).jobs.list({ status: ["failed", "cancelled"], labels: { team: "a" }, pageSize: 7 }),
    );
    const filter = { status: [Job_Status.failed, Job_Status.cancelled], label: ["team=a"], pageSize: 7 };
    expect(listJobs.mock.calls.map(([request]) => request)).toMatchObject([
      { ...filter, pageToken: "" },
      { ...filter, pageToken: "2" },
      { ...filter, pageToken: "3" },
    ]);
  });

  it("of executions and attempts is read alike", async () => {
    const client = clientOf({
      listExecutions: ({ jobId, pageToken }) =>
        pageToken
          ? { executions: [{ id: "exec_2", jobId }] }
          : { executions: [{ id: "exec_1", jobId }], nextPageToken: "2" },
      listAttempts: ({ pageToken }) =>
        pageToken ? { attempts: [{ number: 2 }] } : { attempts: [{ number: 1 }], nextPageToken: "2" },
    });
    expect(await all(client.jobs.executions("job_1"))).toMatchObject([
      { id: "exec_1", jobId: "job_1" },
      { id: "exec_2", jobId: "job_1" },
    ]);
    expect(await all(client.jobs.attempts("job_1"))).toMatchObject([{ number: 1 }, { number: 2 }]);
  });
});
