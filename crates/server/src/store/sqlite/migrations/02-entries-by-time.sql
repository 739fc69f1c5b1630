-- A stretch of time, and the balance at a past instant, are found without reading the account's whole history.
CREATE INDEX entries_by_time ON entries (account_id, at);
