-- So that keys can be told apart and ended: how a key begins, as far as it is no secret, and when it was used
-- last, to the minute. A key that was made by a node of before has no prefix until it is used, or named by
-- RINGBACK_API_KEY at a start.
alter table api_keys
  add column prefix text,
  add column last_used_at timestamptz;
