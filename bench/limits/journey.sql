-- 500 jobs: claimed with their attempts opened, then closed and ended. "coalesce" keeps the delete from the index of
-- owners, which the planner would read as a whole for each row.
with due as (
  select ctid as place from queue where owner is null and due_at <= now() order by due_at limit 500 for update skip locked),
claimed as (
  update queue q set owner = 1, attempt = attempt + 1 from due
  where q.ctid = due.place
  returning q.bucket, q.job_id, q.execution_id, q.attempt),
opened as (
  insert into attempts (started_at, job_id, execution_id, bucket, number, node)
  select now(), job_id, execution_id, bucket, attempt, 'node' from claimed returning bucket, job_id)
select coalesce(array_agg(bucket), '{}') as buckets, coalesce(array_agg(job_id), '{}') as ids from opened \gset
begin;
update attempts a set finished_at = now(), status = 1, status_code = 200, request_headers = '{"Content-Type": "application/json"}',
  response_headers = '{"Content-Type": "application/json"}', response_body = '{"ok": true}'
  from unnest(:buckets::smallint[], :ids::uuid[]) u (bucket, id)
  where (a.bucket, a.job_id, a.execution_id, a.number) between (u.bucket, u.id, u.id, 1) and (u.bucket, u.id, u.id, 1);
update jobs j set status = 1, attempt_count = 1, finished_at = now()
  from unnest(:buckets::smallint[], :ids::uuid[]) u (bucket, id) where (j.bucket, j.id) between (u.bucket, u.id) and (u.bucket, u.id);
delete from queue q using unnest(:buckets::smallint[], :ids::uuid[]) u (bucket, id)
  where (q.bucket, q.job_id, q.execution_id) between (u.bucket, u.id, u.id) and (u.bucket, u.id, u.id) and coalesce(q.owner, 0) = 1;
insert into executions select now(), u.id, u.id, u.bucket, 1 from unnest(:buckets::smallint[], :ids::uuid[]) u (bucket, id);
commit;
