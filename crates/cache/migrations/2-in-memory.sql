-- Whether the account's sign-in is only in the memory of a run, because no keyring took it.
alter table accounts add column in_memory integer not null default 0 check (in_memory in (0, 1));
