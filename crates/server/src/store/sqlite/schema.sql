-- Times are milliseconds since 1970 (UTC); amounts of tokens and money are whole numbers. How enums are spelled is in
-- spelling.rs.

-- Values that the service keeps for itself, such as the key that subjects are hashed with.
CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
    id          TEXT PRIMARY KEY,
    -- Grows with every change of the account or of anything that belongs to it, so that only one of two changes decided on
    -- the same state is written.
    revision    INTEGER NOT NULL,
    email       TEXT,
    -- Whether the issuer says that the address is the user's.
    email_verified INTEGER NOT NULL DEFAULT 0,
    -- The customer at Stripe.
    customer_id TEXT UNIQUE,
    -- Whether this service created it, and may delete it with the account.
    customer_made_here INTEGER NOT NULL DEFAULT 0,
    -- The platform's own id of the user, and its keyed hash, which is what outlives the account.
    external_id  TEXT UNIQUE,
    external_key BLOB,
    -- The digest of the line that the account was imported from.
    import_digest BLOB,
    -- The user's name, as the platform gives it.
    name        TEXT,
    -- The ledger's account, as JSON.
    state       TEXT NOT NULL CHECK (json_valid(state)),
    created_at  INTEGER NOT NULL,
    deleted_at  INTEGER,
    CHECK ((external_id IS NULL) = (external_key IS NULL))
) STRICT;
CREATE INDEX accounts_by_email ON accounts (email) WHERE email IS NOT NULL;

-- Who signs in to which account. Only a keyed hash of the issuer's subject is stored.
CREATE TABLE subjects (
    subject    BLOB PRIMARY KEY,
    account_id TEXT UNIQUE REFERENCES accounts (id),
    -- The last account of this subject was deleted: access tokens that were issued up to then are invalid.
    deleted_at INTEGER,
    -- What outlives the accounts that were deleted, as JSON.
    former     TEXT CHECK (former IS NULL OR json_valid(former)),
    -- Whether the platform has named the account for this subject, which has not signed in to it yet.
    expected   INTEGER NOT NULL DEFAULT 0,
    -- Grows with every change of this row, so that an account is opened on the newest.
    revision   INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- Keyed hashes of the platform's ids whose account was deleted.
CREATE TABLE former_external_ids (
    external_key BLOB PRIMARY KEY,
    -- What outlives the account without its disputes, which are the subject's, as JSON.
    former       TEXT NOT NULL CHECK (json_valid(former))
) STRICT, WITHOUT ROWID;

-- Claims of the platform that were refused, each once: that the account of this id is that of a subject or customer.
CREATE TABLE refused_claims (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    external_id TEXT NOT NULL,
    kind        TEXT NOT NULL,
    -- The account that has this id, and the account that has the subject or customer; NULL if there is none.
    account_id  TEXT,
    holder_id   TEXT,
    at          INTEGER NOT NULL,
    UNIQUE (external_id, kind)
) STRICT;

-- Disputes that were open when an account was deleted, and whose it was.
CREATE TABLE former_disputes (
    dispute_id TEXT PRIMARY KEY,
    subject    BLOB NOT NULL REFERENCES subjects (subject) ON UPDATE CASCADE
) STRICT, WITHOUT ROWID;

-- The append-only ledger. Entries of one account never go back in time, so their order in time is that of the ledger.
CREATE TABLE entries (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id    TEXT NOT NULL REFERENCES accounts (id),
    id            TEXT NOT NULL UNIQUE,
    at            INTEGER NOT NULL,
    kind          TEXT NOT NULL,
    bucket        TEXT NOT NULL,
    amount        INTEGER NOT NULL,
    balance_after INTEGER NOT NULL,
    reason        TEXT,
    reference     TEXT,
    -- The name of the service key of the back end that caused it.
    service_key   TEXT,
    -- The ledger's whole entry, as JSON.
    entry         TEXT NOT NULL CHECK (json_valid(entry))
) STRICT;
-- Finds pages, ranges of time and the balance at a past instant without reading the account's whole history.
CREATE INDEX entries_by_time ON entries (account_id, at);
CREATE TRIGGER entries_are_never_changed BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'ledger entries are never changed'); END;
CREATE TRIGGER entries_are_never_removed BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'ledger entries are never removed'); END;

CREATE TABLE purchases (
    seq               INTEGER PRIMARY KEY AUTOINCREMENT,
    id                TEXT NOT NULL UNIQUE,
    account_id        TEXT NOT NULL REFERENCES accounts (id),
    status            TEXT NOT NULL,
    pack_id           TEXT NOT NULL,
    pack_name         TEXT NOT NULL,
    quantity          INTEGER NOT NULL,
    tokens            INTEGER NOT NULL,
    amount            INTEGER NOT NULL,
    currency          TEXT NOT NULL,
    tax_included      INTEGER NOT NULL,
    -- What Stripe charged, once the checkout is completed.
    charged_currency  TEXT,
    subtotal          INTEGER,
    discount          INTEGER,
    tax               INTEGER,
    total             INTEGER,
    session_id        TEXT UNIQUE,
    checkout_url      TEXT,
    expires_at        INTEGER,
    payment_intent_id TEXT UNIQUE,
    receipt_url       TEXT,
    created_at        INTEGER NOT NULL
) STRICT;
CREATE INDEX purchases_of_account ON purchases (account_id, seq);
CREATE INDEX purchases_open ON purchases (account_id) WHERE status = 'open';

-- Checkout sessions that were opened. Each is looked up at Stripe at `next_check_at`, until it has ended.
CREATE TABLE checkouts (
    session_id    TEXT PRIMARY KEY,
    account_id    TEXT NOT NULL REFERENCES accounts (id),
    -- The price of the plan that it sells; NULL if it sells a pack.
    plan_price_id TEXT,
    checks        INTEGER NOT NULL DEFAULT 0,
    next_check_at INTEGER,
    -- The worker that took it has it to itself until then.
    leased_until  INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX checkouts_due ON checkouts (next_check_at) WHERE next_check_at IS NOT NULL;

-- Subscriptions that Stripe named. Each is looked up at Stripe at `next_check_at`, until it has ended.
CREATE TABLE subscriptions (
    id            TEXT PRIMARY KEY,
    account_id    TEXT NOT NULL REFERENCES accounts (id),
    checks        INTEGER NOT NULL DEFAULT 0,
    next_check_at INTEGER,
    leased_until  INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX subscriptions_due ON subscriptions (next_check_at) WHERE next_check_at IS NOT NULL;

CREATE TABLE holds (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id)
) STRICT, WITHOUT ROWID;

-- Responses by idempotency key: the same key and body get the same bytes back for as long as the account exists.
CREATE TABLE idempotency_records (
    account_id  TEXT NOT NULL,
    caller      TEXT NOT NULL,
    route       TEXT NOT NULL,
    key         TEXT NOT NULL,
    body_digest BLOB NOT NULL,
    -- NULL while the work is under way, as is the body.
    status      INTEGER,
    body        BLOB,
    -- The purchase that the work made, to continue with it.
    purchase_id TEXT,
    PRIMARY KEY (account_id, caller, route, key),
    CHECK ((status IS NULL) = (body IS NULL))
) STRICT, WITHOUT ROWID;

-- Stripe's events as they were received. The bodies are kept until they are done; the ids are never deleted, so that no
-- event is received twice.
CREATE TABLE inbox (
    id            TEXT PRIMARY KEY,
    body          BLOB,
    received_at   INTEGER NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'set_aside')),
    attempts      INTEGER NOT NULL DEFAULT 0,
    next_try_at   INTEGER NOT NULL,
    leased_until  INTEGER NOT NULL DEFAULT 0,
    last_error    TEXT,
    -- The order in which events were set aside for an operator.
    set_aside_seq INTEGER,
    set_aside_at  INTEGER,
    CHECK (state = 'done' OR body IS NOT NULL),
    CHECK (state <> 'set_aside' OR (last_error IS NOT NULL AND set_aside_seq IS NOT NULL AND set_aside_at IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX inbox_due ON inbox (next_try_at) WHERE state = 'waiting';
CREATE UNIQUE INDEX inbox_set_aside ON inbox (set_aside_seq) WHERE state = 'set_aside';

-- Prices at Stripe that were recognised as those of a plan. A price that loses its lookup key stays what it was.
CREATE TABLE plan_prices (
    price_id TEXT PRIMARY KEY,
    plan_id  TEXT NOT NULL,
    interval TEXT NOT NULL,
    seen_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Calls to Stripe to make after a change was committed.
CREATE TABLE chores (
    id           TEXT PRIMARY KEY,
    kind         TEXT NOT NULL,
    object_id    TEXT NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0,
    next_try_at  INTEGER NOT NULL,
    leased_until INTEGER NOT NULL DEFAULT 0,
    last_error   TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX chores_due ON chores (next_try_at);

-- Payments that granted nothing and wait for an operator.
CREATE TABLE refunds_due (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    -- The Stripe object that was paid: each is listed once.
    id          TEXT NOT NULL UNIQUE,
    account_id  TEXT,
    purchase_id TEXT,
    session_id  TEXT,
    payment_id  TEXT,
    amount      INTEGER NOT NULL,
    currency    TEXT NOT NULL,
    why         TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    resolved_at INTEGER,
    note        TEXT,
    CHECK ((resolved_at IS NULL) = (note IS NULL))
) STRICT;

-- What event streams push, kept so that a stream can resume after `Last-Event-ID`.
CREATE TABLE notices (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id TEXT NOT NULL,
    kind       TEXT NOT NULL,
    -- The purchase's id, or the JSON of a refused spend.
    data       TEXT,
    at         INTEGER NOT NULL
) STRICT;
CREATE INDEX notices_of_account ON notices (account_id, seq);
