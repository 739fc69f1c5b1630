-- Who takes a piece of work has it to itself until then.
ALTER TABLE inbox ADD COLUMN leased_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE checkouts ADD COLUMN leased_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE subscriptions ADD COLUMN leased_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chores ADD COLUMN leased_until INTEGER NOT NULL DEFAULT 0;
