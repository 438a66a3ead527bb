-- Why: rows that were put back together with their page of the ledger agree with it; the sum of all pages does not.

CREATE TABLE ledger_head (
    one     BIGINT PRIMARY KEY CHECK (one = 1),
    version BIGINT NOT NULL,
    total   BYTEA  NOT NULL,
    mac     BYTEA  NOT NULL
);
