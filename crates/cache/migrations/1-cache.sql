-- The app's cache. The JSON columns hold types of crates/desktop (settings.rs, cached_state.rs, order.rs) and crates/wire.

-- What the user has set.
create table settings (
    one integer primary key check (one = 1),
    body text not null check (json_valid(body))
) strict;

-- The size in which the panel was closed, in logical pixels.
create table panel (
    one integer primary key check (one = 1),
    width integer not null check (width > 0),
    height integer not null check (height > 0)
) strict;

-- The address of the service of the last sign-in.
create table last_service (
    one integer primary key check (one = 1),
    address text not null
) strict;

-- The description and the catalogue of each service. They are public.
create table offers (
    service text primary key,
    description text not null check (json_valid(description)),
    packs text not null check (json_valid(packs)),
    plans text not null check (json_valid(plans))
) strict;

-- Everything that belongs to an account is in its row, so that deleting the row leaves nothing behind.
create table accounts (
    -- The order in which the accounts were added.
    seq integer primary key autoincrement,
    service text not null,
    id text not null,
    profile text not null check (json_valid(profile)),
    signed_out integer not null default 0 check (signed_out in (0, 1)),
    current integer not null default 0 check (current in (0, 1)),
    balance text check (json_valid(balance)),
    -- The purchase in flight. Its idempotency key is here before the request is sent.
    purchase text check (json_valid(purchase)),
    unique (service, id)
) strict;

create unique index one_account_is_current on accounts (current) where current = 1;
