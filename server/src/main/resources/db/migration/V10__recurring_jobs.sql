-- The job of an execution is looked for in its bucket: there among those created at the execution's own
-- time, and among those that fire again and again. Few jobs do, and none is written here but by its create.
create index jobs_recurring on jobs (bucket, project_id, id) where cron is not null;
