-- Accounts that are read with API keys: types of crates/desktop (key_account.rs). The keys themselves are in the keyring.
create table key_accounts (
    -- The order in which the accounts were added.
    seq integer primary key autoincrement,
    service text not null,
    id text not null,
    body text not null check (json_valid(body)),
    current integer not null default 0 check (current in (0, 1)),
    unique (service, id)
) strict;
