-- Whether the key is the one that RINGBACK_API_KEY says: it ends when another is said.
alter table api_keys add column by_setting boolean not null default false;
