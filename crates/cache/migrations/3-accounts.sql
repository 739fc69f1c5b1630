-- Several accounts, of one service or of more. Until now there was one; its rows are taken over. Bodies are the JSON of
-- the types in crates/desktop/src/kept.rs, purchase.rs and crates/wire.

-- What services say of themselves and sell: anybody may know it.
create table offers (
    service text primary key,
    description text not null check (json_valid(description)),
    packs text not null check (json_valid(packs)),
    plans text not null check (json_valid(plans))
) strict;

insert into offers
select address.service, description, packs, plans
from service, address
where description is not null and packs is not null and plans is not null;

-- All that belongs to an account is in its row, so that forgetting it leaves nothing behind.
create table accounts (
    -- In this order they were added.
    place integer primary key autoincrement,
    service text not null,
    id text not null,
    body text not null check (json_valid(body)),
    signed_out integer not null default 0 check (signed_out in (0, 1)),
    current integer not null default 0 check (current in (0, 1)),
    balance text check (json_valid(balance)),
    -- In flight; its key is here before the request is sent.
    purchase text check (json_valid(purchase)),
    unique (service, id)
) strict;

create unique index one_account_is_current on accounts (current) where current = 1;

insert into accounts (service, id, body, current, balance, purchase)
select
    address.service,
    json_extract(account.body, '$.account.id'),
    account.body,
    1,
    (select body from balance),
    (select body from purchase)
from account, address
where json_extract(account.body, '$.account.id') is not null;

drop table service;
drop table account;
drop table balance;
drop table purchase;
