-- What the app shows before the service answers, and the purchase that must not be lost. Each table has one row at
-- most. Bodies are the JSON of the types in crates/desktop/src/event.rs and crates/wire.

create table settings (
    one integer primary key check (one = 1),
    service text not null
) strict;

-- What the service says of itself and sells: anybody may know it.
create table service (
    one integer primary key check (one = 1),
    description text check (json_valid(description)),
    packs text check (json_valid(packs)),
    plans text check (json_valid(plans))
) strict;

create table account (
    one integer primary key check (one = 1),
    body text not null check (json_valid(body))
) strict;

create table balance (
    one integer primary key check (one = 1),
    version integer not null check (version >= 0),
    received_at text not null,
    body text not null check (json_valid(body))
) strict;

-- In flight; the key is here before the request is sent.
create table purchase (
    one integer primary key check (one = 1),
    key text not null,
    body text not null check (json_valid(body))
) strict;
