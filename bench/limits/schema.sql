-- The journey of a job in the narrow: the columns and indexes that its statements touch, without the API's.
drop table if exists jobs, queue, attempts, executions;
create table jobs (bucket smallint, id uuid, status smallint not null default 0, url text not null, headers json not null, body bytea not null,
  scheduled_at timestamptz, attempt_count integer not null default 0, finished_at timestamptz, primary key (bucket, id));
create table queue (due_at timestamptz not null, job_id uuid not null, execution_id uuid not null, owner integer, bucket smallint not null,
  attempt smallint not null default 0, primary key (bucket, job_id, execution_id)) with (fillfactor = 70);
create table attempts (started_at timestamptz not null, finished_at timestamptz, job_id uuid not null, execution_id uuid not null, bucket smallint not null,
  number smallint not null, status_code smallint, status smallint not null default 0, node text not null, request_headers json, response_headers json,
  response_body bytea, primary key (bucket, job_id, execution_id, number)) with (fillfactor = 20);
create table executions (finished_at timestamptz not null, job_id uuid not null, id uuid not null, bucket smallint not null,
  attempt_count smallint not null, primary key (bucket, job_id, id));
insert into jobs select (g / 500 % 1024)::smallint, (lpad(to_hex(1700000000000 + g / 10), 12, '0') || '7' || lpad(to_hex(g % 4096), 3, '0') || '8' || substr(md5(g::text), 1, 15))::uuid, 0, 'http://127.0.0.1:9100/', '{"Content-Type": "application/json"}',
  '{"userId":"user_123"}', now() from generate_series(1, :jobs) g;
insert into queue select now() - interval '1 hour' + g * interval '1 ms', (lpad(to_hex(1700000000000 + g / 10), 12, '0') || '7' || lpad(to_hex(g % 4096), 3, '0') || '8' || substr(md5(g::text), 1, 15))::uuid, (lpad(to_hex(1700000000000 + g / 10), 12, '0') || '7' || lpad(to_hex(g % 4096), 3, '0') || '8' || substr(md5(g::text), 1, 15))::uuid, null, (g / 500 % 1024)::smallint
  from generate_series(1, :jobs) g;
create index on queue (due_at) where owner is null;
create index on queue (owner) where owner is not null;
vacuum analyze;
checkpoint;
