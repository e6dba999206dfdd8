-- For lists alone, which ask for buckets from 0 on, as all are. With an index that holds the id behind
-- other columns the planner may look a job up, where it takes the table for empty and one index for as
-- good as another: by walking through all of it.
drop index jobs_list;
create index jobs_list on jobs (project_id, status, id) where bucket >= 0;
