-- What the user has set, as JSON of crates/desktop/src/settings.rs; the service's address has a table of its own.

alter table settings rename to address;

create table settings (
    one integer primary key check (one = 1),
    body text not null check (json_valid(body))
) strict;

-- How large the panel was left, in logical pixels.
create table panel (
    one integer primary key check (one = 1),
    width integer not null check (width > 0),
    height integer not null check (height > 0)
) strict;
