-- Which lane an execution is in: the calls of one project to one host share one, so that a claim can
-- leave out those that are full. The project's id in the upper 32 bits, a hash of the host in the
-- lower ones. Rows of before share lane 0.
alter table queue add column lane bigint not null default 0;
