-- Why: rows that were put back together with their page of the ledger agree with it; the sum of all pages does not.

CREATE TABLE ledger_head (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    version INTEGER NOT NULL,
    total   BLOB    NOT NULL,
    mac     BLOB    NOT NULL
);
