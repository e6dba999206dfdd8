import type { Calls } from "./calls.js";
import { toAttempt, toExecution, toJob } from "./convert.js";
import { ending, WAIT } from "./ending.js";
import { JobService } from "./gen/ringback/v1/job_service_pb.js";
import type { Attempt, Execution, Job } from "./job.js";
import type { CallOptions } from "./options.js";
import { type Page, Pages, toPage } from "./pages.js";
import type { CreateJobParams, FetchParams, JobFilter, PageParams, WatchFilter, WatchParams } from "./params.js";
import { createRequest, fetchRequest, listRequest, watchRequest } from "./requests.js";
import { type Open, watch } from "./watch.js";
import type { WatchMessage } from "./watch-message.js";

const { method } = JobService;

/** A create that waits for the job's end may take as long as the longest wait, and then some. */
const WAITING_MS = 330_000;

/** Jobs: create, read, cancel, wait for and watch them. */
export class Jobs {
  readonly #calls: Calls;
  readonly #rpc: Calls["jobs"];

  /** @internal */
  constructor(calls: Calls) {
    this.#calls = calls;
    this.#rpc = calls.jobs;
  }

  /**
   * Creates a job, and answers once it is durable.
   *
   * Errors: `INVALID_ARGUMENT` with all that is wrong; `ALREADY_EXISTS` when the idempotency key was used for other content.
   */
  async create(params: CreateJobParams, options: CallOptions = {}): Promise<Job> {
    const manner = params.wait ? { timeoutMs: WAITING_MS } : {};
    return toJob(await this.#calls.run(method.createJob, createRequest(params), options, manner));
  }

  /**
   * Creates up to 1,000 jobs, all of them or none, and answers them in the same order, without URLs,
   * headers, bodies, labels and last attempts.
   *
   * Errors as for {@link create}; violations name the place, such as `requests[3].url`.
   */
  async batchCreate(jobs: readonly CreateJobParams[], options: CallOptions = {}): Promise<Job[]> {
    const request = { requests: jobs.map(createRequest) };
    const answer = await this.#calls.run(method.batchCreateJobs, request, options);
    return answer.jobs.map(toJob);
  }

  /** Relays a raw HTTP request durably: creates a job that makes it, retried for up to 7 days. Errors as for {@link create}. */
  async fetch(params: FetchParams, options: CallOptions = {}): Promise<Job> {
    const { headers, ...request } = fetchRequest(params);
    return toJob(await this.#calls.run(method.fetch, request, options, { headers }));
  }

  /** Reads a job. Errors: `NOT_FOUND`. */
  async get(id: string, options: CallOptions = {}): Promise<Job> {
    return toJob(await this.#calls.run(method.getJob, { id }, options));
  }

  /**
   * Lists jobs, newest first, without headers and bodies. `timeoutMs` is for each page.
   *
   * Errors, while iterating: `INVALID_ARGUMENT` for a bad label, page size or page token.
   */
  list(filter: JobFilter & PageParams = {}, options: CallOptions = {}): Pages<Job> {
    return this.#pages(filter, async (page) => {
      const request = { ...listRequest(filter), ...page };
      const answer = await this.#calls.run(method.listJobs, request, options);
      return toPage(answer.jobs.map(toJob), answer.nextPageToken);
    });
  }

  /**
   * Cancels a job: nothing more is called. A call being made is not cut off. A cancelled job stays as it is.
   *
   * Errors: `NOT_FOUND`; `FAILED_PRECONDITION` when the job has completed or failed.
   */
  async cancel(id: string, options: CallOptions = {}): Promise<Job> {
    return toJob(await this.#calls.run(method.cancelJob, { id }, options));
  }

  /**
   * Waits until a job has completed, failed or been cancelled, through cut connections and restarts, and reads it. That it
   * failed is no error: see its status. Waits for ever unless `timeoutMs` or `signal` says otherwise.
   *
   * Errors: `NOT_FOUND`.
   */
  async await(id: string, options: CallOptions = {}): Promise<Job> {
    const scope = this.#calls.scope(options, Infinity);
    try {
      return await ending(scope, async (limits) => toJob(await this.#rpc.awaitJob({ id, wait: WAIT }, limits)));
    } finally {
      scope.release();
    }
  }

  /**
   * Watches a job: its state now, then every change, each once and in order, through cut connections and restarts. Ends after
   * the job's last change; that of a recurring job does not end. Leaving the loop closes the connection.
   *
   * Errors: `NOT_FOUND`; `INVALID_ARGUMENT` for a bad resume token; `OUT_OF_RANGE` for one that is too old.
   */
  watch(id: string, options: WatchParams & CallOptions = {}): AsyncGenerator<WatchMessage, void> {
    const open: Open = (resumeToken, signal) => this.#rpc.watchJob({ id, resumeToken }, { signal });
    return watch(open, options, () => this.#calls.scope(options, Infinity));
  }

  /**
   * Watches all jobs that match a filter: the state of each, newest first, then every change, as {@link watch} does. Does not
   * end by itself. Errors as for {@link watch}, and `INVALID_ARGUMENT` for a bad filter.
   */
  watchAll(filter: WatchFilter = {}, options: WatchParams & CallOptions = {}): AsyncGenerator<WatchMessage, void> {
    const request = watchRequest(filter);
    const open: Open = (resumeToken, signal) => this.#rpc.watchJobs({ ...request, resumeToken }, { signal });
    return watch(open, options, () => this.#calls.scope(options, Infinity));
  }

  /** Lists the executions of a job, newest first. `timeoutMs` is for each page. Errors, while iterating: `NOT_FOUND`. */
  executions(jobId: string, params: PageParams = {}, options: CallOptions = {}): Pages<Execution> {
    return this.#pages(params, async (page) => {
      const request = { jobId, ...page };
      const answer = await this.#calls.run(method.listExecutions, request, options);
      return toPage(answer.executions.map(toExecution), answer.nextPageToken);
    });
  }

  /** Lists the attempts of a job, oldest first. `timeoutMs` is for each page. Errors, while iterating: `NOT_FOUND`. */
  attempts(jobId: string, params: PageParams = {}, options: CallOptions = {}): Pages<Attempt> {
    return this.#pages(params, async (page) => {
      const request = { jobId, ...page };
      const answer = await this.#calls.run(method.listAttempts, request, options);
      return toPage(answer.attempts.map(toAttempt), answer.nextPageToken);
    });
  }

  #pages<T>(params: PageParams, read: (page: { pageSize: number; pageToken: string }) => Promise<Page<T>>): Pages<T> {
    const { pageSize = 0, pageToken = "" } = params;
    return new Pages((token) => read({ pageSize, pageToken: token }), pageToken);
  }
}
