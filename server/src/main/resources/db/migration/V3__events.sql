-- What happened to jobs, in the order in which it was committed: what those who watch are told.
--
-- Whoever changes a job takes its turn: it locks the row of "feed", last of all its locks, numbers
-- its events from the sequence, and keeps the lock until its commit. So a reader that sees one
-- position will never see a lower one appear. Numbers of a transaction that failed stay unused.
--
-- The turn is a row's lock, not a counter in that row: a counter leaves a dead version behind with
-- each commit, which nobody can clear away while any transaction of the database stays open.
create table feed (
  -- 0: on one PostgreSQL there is one
  id smallint primary key,
  -- events up to this position may have been dropped
  horizon bigint not null default 0
);
insert into feed (id) values (0);

-- Not cached by connections: they would number out of turn.
create sequence event_positions cache 1;

create type event_kind as enum (
  -- the job was created; next_at: its first time
  'created',
  -- an attempt was begun
  'started',
  -- an attempt succeeded, and its execution with it
  'completed',
  -- an attempt failed, and its execution with it
  'failed',
  -- an attempt failed and is made again at next_at
  'retried',
  -- an attempt was lost and is made again at next_at, unless its job was cancelled
  'lost',
  -- an attempt failed, and its execution ended, for its job was cancelled meanwhile
  'stopped',
  -- the job was cancelled
  'cancelled'
);

-- Narrow: who reads an event that somebody watches looks up the job and the attempt.
create table events (
  position bigint not null,
  at timestamptz not null default now(),
  -- of the attempt
  started_at timestamptz,
  next_at timestamptz,
  job_id uuid not null,
  execution_id uuid,
  project_id integer not null,
  feed smallint not null default 0,
  -- of the attempt
  number smallint,
  kind event_kind not null,
  primary key (feed, position, at)
) partition by range (at);
