-- The forfeit that the user was last reminded of: when it happens.
alter table accounts add column reminded text;
