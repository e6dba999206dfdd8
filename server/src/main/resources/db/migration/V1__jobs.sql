-- Every key of a hot table begins with the bucket (see docs/decisions), which job and execution ids
-- carry in their last 10 bits. No triggers, no foreign keys and no identity columns on hot tables.

create table projects (
  id serial primary key,
  name text not null unique,
  created_at timestamptz not null default now()
);

create table api_keys (
  -- SHA-256 of the key. Keys have 256 random bits, so a slow hash would add nothing.
  hash bytea primary key,
  project_id integer not null references projects,
  created_at timestamptz not null default now()
);

-- The nodes that are alive. An id stands for one life of one process and is never used again, so
-- that it fences: what a node that was declared dead still holds is held by an id nobody has.
create table nodes (
  id serial primary key,
  name text not null,
  started_at timestamptz not null default now(),
  heartbeat_at timestamptz not null default now()
);

-- What is stored of a job's status. That a pending job is running is seen in the queue.
create type job_status as enum ('pending', 'completed', 'failed', 'cancelled', 'paused');

-- What the user said. Wide; written at create, when an execution ends, and at cancel.
create table jobs (
  bucket smallint not null check (bucket between 0 and 1023),
  id uuid not null,
  project_id integer not null,
  status job_status not null default 'pending',

  -- what to call
  url text not null,
  method text not null,
  headers json not null,
  body bytea not null,

  -- when: once, or by cron in a time zone
  scheduled_at timestamptz,
  cron text,
  time_zone text,

  -- how hard to try
  max_retries integer not null check (max_retries >= 0),
  min_backoff_ms integer not null check (min_backoff_ms >= 0),
  max_backoff_ms integer not null check (max_backoff_ms >= min_backoff_ms),
  max_retry_duration_ms bigint,
  attempt_deadline_ms integer not null check (attempt_deadline_ms > 0),

  labels jsonb not null default '{}',
  -- of ended executions; the live ones count in the queue
  attempt_count integer not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  finished_at timestamptz,

  primary key (bucket, id),
  check ((cron is null) = (scheduled_at is not null)),
  check ((cron is null) = (time_zone is null)),
  check ((status in ('completed', 'failed', 'cancelled')) = (finished_at is not null))
);
-- Lists run from the newest id down, status by status: ids rise with time.
create index jobs_list on jobs (project_id, status, id);
create index jobs_labels on jobs using gin (labels jsonb_path_ops) where labels <> '{}';

-- One narrow row for each live execution; what stays hot and small. Deleted when it ends.
create table queue (
  due_at timestamptz not null,
  -- when the firing was due; due_at moves with each retry
  scheduled_at timestamptz not null,
  job_id uuid not null,
  execution_id uuid not null,
  project_id integer not null,
  -- the node that makes the call right now
  owner integer,
  bucket smallint not null,
  -- attempts begun
  attempt smallint not null default 0,
  -- attempts whose node died; they do not count as retries
  lost smallint not null default 0,
  -- carries the schedule of a recurring job: who records its next attempt plans the next firing
  recurring boolean not null default false,
  -- cancelled while a call was being made: ends with that call
  cancelled boolean not null default false,
  primary key (bucket, job_id, execution_id),
  check (not cancelled or owner is not null)
) with (fillfactor = 70);
-- The claim's order.
create index queue_due on queue (due_at) where owner is null;
-- What a dead node left, and what runs now.
create index queue_owned on queue (owner) where owner is not null;

create type attempt_status as enum ('open', 'succeeded', 'failed', 'lost');

-- Opened before the call, closed after it. Execution ids rise with time, so the key is in the order
-- of the story.
create table attempts (
  started_at timestamptz not null,
  scheduled_at timestamptz not null,
  finished_at timestamptz,
  job_id uuid not null,
  execution_id uuid not null,
  duration_ms integer,
  bucket smallint not null,
  number smallint not null check (number > 0),
  status_code smallint,
  status attempt_status not null default 'open',
  response_truncated boolean not null default false,
  node text not null,
  request_headers json,
  response_headers json,
  response_body bytea,
  error_class text,
  error_message text,
  primary key (bucket, job_id, execution_id, number, started_at),
  check ((status = 'open') = (finished_at is null)),
  check ((status in ('failed', 'lost')) = (error_class is not null))
) partition by range (started_at);

create type execution_status as enum ('completed', 'failed', 'cancelled');

-- Executions that have ended; the live ones are the queue.
create table executions (
  finished_at timestamptz not null,
  scheduled_at timestamptz not null,
  job_id uuid not null,
  id uuid not null,
  bucket smallint not null,
  attempt_count smallint not null,
  status execution_status not null,
  primary key (bucket, job_id, id, finished_at)
) partition by range (finished_at);

-- Which job a key stands for. The bucket is the hash of project and key, so that the key is unique
-- wherever the buckets live.
create table idempotency_keys (
  bucket smallint not null,
  project_id integer not null,
  key text not null,
  job_id uuid not null,
  -- SHA-256 of what was asked for
  content_hash bytea not null,
  expires_at timestamptz not null,
  primary key (bucket, project_id, key)
);
create index idempotency_keys_expired on idempotency_keys (expires_at);
