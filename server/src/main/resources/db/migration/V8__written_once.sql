-- What happens is written once: an attempt when it has ended, a job's end beside the job, the events of
-- a statement in one row. All nodes must be stopped before: the nodes of before can't work with this.

-- What was detached and is to be dropped would hold on to types of before.
do $$
declare detached regclass;
begin
  for detached in
    select oid::regclass from pg_class c
    where relnamespace = current_schema()::regnamespace and relkind = 'r'
      and relname ~ '^(attempts|executions|events)_p[0-9]{8}$'
      and not exists (select from pg_inherits where inhrelid = c.oid)
  loop
    execute format('drop table %s', detached);
  end loop;
end $$;

-- Work that one node at a time does: whoever does it locks its row.
create table chores (name text primary key);
insert into chores values ('partitions');

-- Why an execution that waits is not to be claimed, though it may be due.
create type hold as enum (
  -- its job is paused
  'paused'
);

-- One narrow row for each live execution; what stays hot and small. Deleted when it ends. While its
-- attempt is made the row is the attempt's record: who makes it, under which number, and since when.
alter table queue rename to queue_of_before;
create table queue (
  -- of the execution, or of its next attempt
  due_at timestamptz not null,
  -- when the firing was due; due_at moves with each retry
  scheduled_at timestamptz not null,
  -- of the attempt that its owner makes
  started_at timestamptz,
  -- when its job was cancelled while a call was being made: it ends with that call
  cancelled_at timestamptz,
  -- The calls of one project to one host share a lane, so that a claim can leave out those that are
  -- full. The project's id in the upper 32 bits, a hash of the host in the lower ones.
  lane bigint not null,
  job_id uuid not null,
  execution_id uuid not null,
  project_id integer not null,
  -- the node that makes the call right now
  owner integer,
  -- of the job
  revision integer not null default 1,
  hold hold,
  bucket smallint not null,
  -- attempts begun
  attempt smallint not null default 0,
  -- attempts whose node died; they do not count as retries
  lost smallint not null default 0,
  -- of a job that fires again and again
  recurring boolean not null default false,
  -- its job's next firing is in the queue already; else who records its next attempt plans that
  planned boolean not null default false,
  -- Of a project, the jobs that live are found here, in order.
  primary key (project_id, job_id, execution_id, bucket),
  check ((owner is null) = (started_at is null)),
  check (cancelled_at is null or owner is not null)
) with (fillfactor = 70);
insert into queue (due_at, scheduled_at, started_at, cancelled_at, lane, job_id, execution_id, project_id,
  owner, bucket, attempt, lost, recurring, planned)
select q.due_at, q.scheduled_at,
  case when q.owner is not null then coalesce(
    (select a.started_at from attempts a
      where a.bucket = q.bucket and a.job_id = q.job_id and a.execution_id = q.execution_id
        and a.number = q.attempt and a.status = 'open'),
    q.due_at) end,
  case when q.cancelled then j.finished_at end,
  q.lane, q.job_id, q.execution_id, q.project_id, q.owner, q.bucket, q.attempt, q.lost,
  j.cron is not null, not q.recurring
from queue_of_before q join jobs j on j.bucket = q.bucket and j.id = q.job_id;
drop table queue_of_before;
alter index queue_pkey1 rename to queue_pkey;
-- The claim's order.
create index queue_due on queue (due_at) where owner is null and hold is null;
-- What a dead node left, and what runs now.
create index queue_owned on queue (owner) where owner is not null;

-- A rescue of before could bury two nodes as if one, and what the other owned was nobody's. It has
-- been silent for ever, and so is rescued now.
insert into nodes (id, name, heartbeat_at)
select q.owner, max(a.node), '-infinity'
from queue q join attempts a on a.bucket = q.bucket and a.job_id = q.job_id
  and a.execution_id = q.execution_id and a.number = q.attempt
where a.status = 'open' and not exists (select from nodes n where n.id = q.owner)
group by q.owner;

-- Attempts that have ended; one that is being made is its execution's row in the queue.
delete from attempts where status = 'open';
alter table attempts
  drop constraint attempts_check,
  drop constraint attempts_check1,
  alter column status drop default,
  alter column finished_at set not null;
-- When the attempt was due, which moves with each retry: as in the queue, where scheduled_at is the firing's.
alter table attempts rename column scheduled_at to due_at;
alter type attempt_status rename to attempt_status_of_before;
create type attempt_status as enum ('succeeded', 'failed', 'lost');
alter table attempts alter column status type attempt_status using status::text::attempt_status;
alter table attempts add check ((status = 'succeeded') = (error_class is null));
drop type attempt_status_of_before;

-- Jobs that have ended: by which lists find them, status by status. A job that fires once is ended by
-- its execution, which has no other record; a cancelled job's executions are on record like those
-- of a job that fires again and again.
create table ended_jobs (
  finished_at timestamptz not null,
  -- of the execution that ended it, as far as it is known; a cancel is of none
  scheduled_at timestamptz,
  job_id uuid not null,
  execution_id uuid,
  project_id integer not null,
  status execution_status not null,
  bucket smallint not null,
  attempt_count smallint not null default 0,
  primary key (project_id, status, job_id, bucket),
  check ((execution_id is null) = (scheduled_at is null))
);
insert into ended_jobs
  (finished_at, scheduled_at, job_id, execution_id, project_id, status, bucket, attempt_count)
select j.finished_at, e.scheduled_at, j.id, e.id, j.project_id, j.status::text::execution_status, j.bucket,
  coalesce(e.attempt_count, 0)
from jobs j left join lateral (
  select * from executions e
  where e.bucket = j.bucket and e.job_id = j.id and j.status <> 'cancelled'
  order by e.id desc limit 1) e on true
where j.status in ('completed', 'failed', 'cancelled');
update jobs j set attempt_count = j.attempt_count - e.attempt_count
from ended_jobs e where e.bucket = j.bucket and e.job_id = j.id and e.execution_id is not null;
delete from executions x using ended_jobs e
where e.bucket = x.bucket and e.job_id = x.job_id and e.execution_id = x.id;

-- What the user said. How the job stands is seen in the queue and in ended_jobs.
drop index jobs_list;
alter table jobs
  drop column status,
  drop column finished_at,
  -- rises with each change of what the user said
  add column revision integer not null default 1;
comment on column jobs.attempt_count is 'of ended executions, but for the one that ended the job';
-- Lists run from the newest id down: ids rise with time. For lists alone, which ask for buckets from 0
-- on, as all are: see the fifth migration.
create index jobs_list on jobs (project_id, id) where bucket >= 0;

-- What happened to jobs, in the order in which it was committed: what those who watch are told. What
-- one statement did is one row for each kind of event and status, and each event a place in its arrays.
-- It stands at the row's position plus that place, from 0.
-- Those of before are forgotten: who resumes behind one of them is told so, and begins anew.
update feed set horizon = greatest(horizon, coalesce((select max(position) from events), 0));
select setval('event_positions', horizon / 4096 + 1) from feed where horizon > 0;
drop table events;
drop type event_kind;
create type event_kind as enum (
  -- the job was created; next_at: its first time
  'created',
  -- an attempt was begun
  'started',
  -- an attempt succeeded, and its execution with it
  'completed',
  -- an attempt failed, and its execution with it
  'failed',
  -- an attempt failed and is made again
  'retried',
  -- an attempt was lost and is made again, unless its job was cancelled
  'lost',
  -- an attempt failed, and its execution ended, for its job was cancelled meanwhile
  'stopped',
  -- the job was cancelled
  'cancelled'
);
-- As the API has it.
drop type job_status;
create type job_status as enum ('pending', 'running', 'completed', 'failed', 'cancelled', 'paused');
create table events (
  -- a multiple of 4,096, of which no row has more events
  position bigint not null,
  at timestamptz not null default now(),
  feed smallint not null default 0,
  kind event_kind not null,
  -- of the job, after it
  status job_status not null,
  -- that made the attempts
  node text,
  -- of each event
  project_id integer[] not null,
  job_id uuid[] not null,
  execution_id uuid[],
  -- of the job, after it
  revision integer[],
  attempt_count integer[],
  -- when the next attempt or firing of the job is due
  next_at timestamptz[],
  -- of the job, where it ended before
  finished_at timestamptz[],
  -- of the attempt that began or ended
  number smallint[],
  -- a hash of what it called, as in the lower bits of its lane
  host integer[],
  due_at timestamptz[],
  started_at timestamptz[],
  -- of the attempt that ended
  duration_ms integer[],
  status_code smallint[],
  -- of the answer's body, as far as it is kept
  bytes integer[],
  truncated boolean[],
  error_class text[],
  primary key (feed, position, at),
  check (cardinality(job_id) <= 4096)
) partition by range (at);
-- They don't shrink by much, and take longer to.
alter table events
  alter column project_id set storage external,
  alter column job_id set storage external,
  alter column execution_id set storage external,
  alter column revision set storage external,
  alter column attempt_count set storage external,
  alter column next_at set storage external,
  alter column finished_at set storage external,
  alter column number set storage external,
  alter column host set storage external,
  alter column due_at set storage external,
  alter column started_at set storage external,
  alter column duration_ms set storage external,
  alter column status_code set storage external,
  alter column bytes set storage external,
  alter column truncated set storage external,
  alter column error_class set storage external;
-- As they were made for attempts that grow.
do $$
declare partition regclass;
begin
  for partition in select inhrelid::regclass from pg_inherits where inhparent = 'attempts'::regclass loop
    execute format('alter table %s reset (fillfactor)', partition);
  end loop;
end $$;
