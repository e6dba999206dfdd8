-- What the engine carries from the job to the call, and no statement looks into, is one document: how
-- often, how soon and how long to try, and whatever comes to it.
alter table jobs add column delivery json;
update jobs set delivery = json_build_object(
  'retry_policy', json_strip_nulls(json_build_object(
    'max_retries', max_retries,
    'min_backoff', 'PT' || round(min_backoff_ms / 1000.0, 3) || 'S',
    'max_backoff', 'PT' || round(max_backoff_ms / 1000.0, 3) || 'S',
    'max_duration', 'PT' || round(max_retry_duration_ms / 1000.0, 3) || 'S')),
  'attempt_deadline', 'PT' || round(attempt_deadline_ms / 1000.0, 3) || 'S');
alter table jobs
  alter column delivery set not null,
  drop column max_retries,
  drop column min_backoff_ms,
  drop column max_backoff_ms,
  drop column max_retry_duration_ms,
  drop column attempt_deadline_ms;
