-- Subscriptions that were told of; looked up at Stripe at `next_check_at` until they have ended.
CREATE TABLE subscriptions (
    id            TEXT PRIMARY KEY,
    account_id    TEXT NOT NULL REFERENCES accounts (id),
    checks        INTEGER NOT NULL DEFAULT 0,
    next_check_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX subscriptions_due ON subscriptions (next_check_at) WHERE next_check_at IS NOT NULL;

-- Those that accounts knew before there was such a list.
INSERT INTO subscriptions (id, account_id, next_check_at)
SELECT known.value ->> '$.id', accounts.id, 0
FROM accounts, json_each(accounts.state, '$.subscriptions') AS known
WHERE known.value ->> '$.snapshot.ended_at' IS NULL
ON CONFLICT DO NOTHING;

-- Events that were set aside are listed for an operator, in the order that they were.
ALTER TABLE inbox ADD COLUMN set_aside_seq INTEGER;
ALTER TABLE inbox ADD COLUMN set_aside_at INTEGER;
UPDATE inbox SET set_aside_at = received_at, set_aside_seq = (
    SELECT count(*) FROM inbox AS earlier WHERE earlier.state = 'set_aside' AND earlier.id <= inbox.id)
WHERE state = 'set_aside';
CREATE UNIQUE INDEX inbox_set_aside ON inbox (set_aside_seq) WHERE state = 'set_aside';
