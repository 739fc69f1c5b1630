-- Entries of one account never go back in time: in the order of time they are in the order of the ledger.
DROP INDEX entries_of_account;
