// graphile-worker doing the same work, as fast as its documentation advises.
//
//   setup                      makes its tables
//   batch N B                  adds N jobs a day ahead, B a call; prints the rate
//   single SECONDS IN_FLIGHT   adds jobs a day ahead, one a call; prints the rate
//   preload N                  adds N jobs that are due
//   sched START_MICROS N RATE  adds N jobs, RATE a second from START_MICROS on
//   work                       runs jobs until it is told to stop
import { Logger, makeWorkerUtils, run, runMigrations } from 'graphile-worker';
import pg from 'pg';
import { Agent, request } from 'undici';

const env = (name, otherwise) => Number(process.env[name] ?? otherwise);
const pgPool = new pg.Pool({ connectionString: process.env.PG_URL, max: env('POOL', 25) });
const dispatcher = new Agent({ connections: 256, pipelining: 1, keepAliveTimeout: 60_000 });
const INSERT = `insert into attempts (job_id, started_at, finished_at, status_code, duration_ms, response_body)
  values ($1, $2, $3, $4, $5, $6)`;

async function call(payload, { job }) {
  const startedAt = new Date();
  const start = performance.now();
  const response = await request(process.env.TARGET, {
    dispatcher,
    method: 'POST',
    body: JSON.stringify(payload),
    headers: { 'content-type': 'application/json', 'x-due': String(payload.due) },
  });
  const body = await response.body.text();
  const values = [String(job.id), startedAt, new Date(), response.statusCode, performance.now() - start, body];
  await pgPool.query({ name: 'attempt', text: INSERT, values });
}

/** Adds jobs in batches; due(i) is in microseconds since 1970. */
async function add(count, batch, due) {
  const utils = await makeWorkerUtils({ pgPool });
  for (let from = 0; from < count; from += batch) {
    const jobs = [];
    for (let i = from; i < Math.min(count, from + batch); i++) {
      jobs.push({ identifier: 'call', payload: { n: i, due: due(i) }, runAt: new Date(due(i) / 1000) });
    }
    await utils.addJobs(jobs);
  }
}

async function work() {
  const worker = {
    concurrentJobs: env('WORKERS', 24),
    localQueue: { size: env('LOCAL_QUEUE', 500) },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
  };
  if (env('POLL_MS', 0)) worker.pollInterval = env('POLL_MS', 0);
  const logger = new Logger(() => (level, message) => {
    if (level === 'error' || level === 'warning') console.error(message);
  });
  const runner = await run({ pgPool, logger, noHandleSignals: true, preset: { worker }, taskList: { call } });
  process.on('SIGTERM', () => process.exit(0));
  await runner.promise;
}

const [command, ...rest] = process.argv.slice(2);
const [first, second, third] = rest.map(Number);
const now = Date.now() * 1000;
const ahead = now + 86_400e6;
switch (command) {
  case 'setup':
    await runMigrations({ pgPool });
    break;
  case 'batch': {
    const start = performance.now();
    await add(first, second, () => ahead);
    console.log(JSON.stringify({ rate: Math.round((first * 1000) / (performance.now() - start)) }));
    break;
  }
  case 'single': {
    const utils = await makeWorkerUtils({ pgPool });
    const start = performance.now();
    let added = 0;
    const addOneByOne = async () => {
      while (performance.now() - start < first * 1000) {
        await utils.addJob('call', { n: added++, due: ahead }, { runAt: new Date(ahead / 1000) });
      }
    };
    await Promise.all(Array.from({ length: second }, addOneByOne));
    console.log(JSON.stringify({ rate: Math.round((added * 1000) / (performance.now() - start)) }));
    break;
  }
  case 'preload':
    await add(first, 1000, () => now);
    break;
  case 'sched':
    await add(second, 1000, (i) => first + Math.floor((i * 1e6) / third));
    break;
  case 'work':
    await work();
    break;
}
process.exit(0);
