import type { Calls } from "./calls.js";
import { anything, check, type Checks, list, text } from "./check.js";
import { toAttempt, toExecution, toJob } from "./convert.js";
import { ending, WAIT } from "./ending.js";
import { JobService } from "./gen/ringback/v1/job_service_pb.js";
import type { Attempt, Execution, Job } from "./job.js";
import { CALL, type CallOptions } from "./options.js";
import { type Page, Pages, toPage } from "./pages.js";
import type { CreateJobParams, FetchParams, JobFilter, PageParams, WatchFilter, WatchParams } from "./params.js";
import { createRequest, fetchRequest, listRequest, watchRequest } from "./requests.js";
import { LIST, PAGE, WATCH, WATCH_FILTER } from "./shapes.js";
import { watch } from "./watch.js";
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
    const request = createRequest(params);
    const manner = request.wait ? { timeoutMs: WAITING_MS } : {};
    return toJob(await this.#calls.run(method.createJob, request, options, manner));
  }

  /**
   * Creates up to 1,000 jobs, all of them or none, and answers them in the same order, without URLs,
   * headers, bodies, labels and last attempts.
   *
   * Errors as for {@link create}; violations name the place, such as `requests[3].url`.
   */
  async batchCreate(jobs: readonly CreateJobParams[], options: CallOptions = {}): Promise<Job[]> {
    list(anything)(jobs, "requests");
    const request = { requests: jobs.map((job, index) => createRequest(job, `requests[${index}]`)) };
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
    text(id, "id");
    return toJob(await this.#calls.run(method.getJob, { id }, options));
  }

  /**
   * Lists jobs, newest first, without headers and bodies: `for await` goes over all of them, `await` reads one page. The timeout is
   * for each page.
   *
   * Errors, as it is read: `INVALID_ARGUMENT` for a bad label, page size or page token.
   */
  list(filter: JobFilter & PageParams = {}, options: CallOptions = {}): Pages<Job> {
    return this.#pages(filter, LIST, options, async (page) => {
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
    text(id, "id");
    return toJob(await this.#calls.run(method.cancelJob, { id }, options));
  }

  /**
   * Waits until a job has completed, failed or been cancelled, through cut connections and restarts, and reads it. That it
   * failed is no error: see its status. Waits for ever unless `timeout` or `signal` says otherwise.
   *
   * Errors: `NOT_FOUND`.
   */
  async await(id: string, options: CallOptions = {}): Promise<Job> {
    text(id, "id");
    check(options, CALL);
    const scope = this.#calls.scope(options, Infinity);
    try {
      return await ending(this.#calls, scope, async (limits) =>
        toJob(await this.#rpc.awaitJob({ id, wait: WAIT }, limits)),
      );
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
    text(id, "id");
    check(options, WATCH);
    const open = (resumeToken: string, signal: AbortSignal) => this.#rpc.watchJob({ id, resumeToken }, { signal });
    return watch(this.#calls, { call: method.watchJob.name, open }, options);
  }

  /**
   * Watches all jobs that match a filter: the state of each, newest first, then every change, as {@link watch} does. Does not
   * end by itself. Errors as for {@link watch}, and `INVALID_ARGUMENT` for a bad filter.
   */
  watchAll(filter: WatchFilter = {}, options: WatchParams & CallOptions = {}): AsyncGenerator<WatchMessage, void> {
    check(filter, WATCH_FILTER);
    check(options, WATCH);
    const request = watchRequest(filter);
    const open = (resumeToken: string, signal: AbortSignal) =>
      this.#rpc.watchJobs({ ...request, resumeToken }, { signal });
    return watch(this.#calls, { call: method.watchJobs.name, open }, options);
  }

  /**
   * Reads one execution, such as the one whose id a callback carries; its `jobId` names the job.
   *
   * Errors: `NOT_FOUND`, also when it is no longer kept.
   */
  async execution(id: string, options: CallOptions = {}): Promise<Execution> {
    text(id, "id");
    return toExecution(await this.#calls.run(method.getExecution, { id }, options));
  }

  /** Lists the executions of a job, newest first, as {@link list} does. Errors, as they are read: `NOT_FOUND`. */
  executions(jobId: string, params: PageParams = {}, options: CallOptions = {}): Pages<Execution> {
    text(jobId, "jobId");
    return this.#pages(params, PAGE, options, async (page) => {
      const request = { jobId, ...page };
      const answer = await this.#calls.run(method.listExecutions, request, options);
      return toPage(answer.executions.map(toExecution), answer.nextPageToken);
    });
  }

  /** Lists the attempts of a job, oldest first, as {@link list} does. Errors, as they are read: `NOT_FOUND`. */
  attempts(jobId: string, params: PageParams = {}, options: CallOptions = {}): Pages<Attempt> {
    text(jobId, "jobId");
    return this.#pages(params, PAGE, options, async (page) => {
      const request = { jobId, ...page };
      const answer = await this.#calls.run(method.listAttempts, request, options);
      return toPage(answer.attempts.map(toAttempt), answer.nextPageToken);
    });
  }

  #pages<T, P extends PageParams>(
    params: P,
    checks: Checks<P>,
    options: CallOptions,
    read: (page: { pageSize: number; pageToken: string }) => Promise<Page<T>>,
  ): Pages<T> {
    check(params, checks);
    check(options, CALL);
    const { pageSize = 0, pageToken = "" } = params;
    return new Pages((token) => read({ pageSize, pageToken: token }), pageToken);
  }
}
