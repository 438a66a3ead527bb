-- Why: people, groups and contacts are kept as they were seen, so that they can be asked "as of" a clean point.
--
-- Every row carries a MAC under a key that lies outside the database; `ledger` seals which rows a bucket holds, so
-- that a deleted row, or an old one put back with its old MAC, is noticed too. Times are milliseconds since 1970.

-- One row a version of an entry. A version is current while seen_until is NULL.
CREATE TABLE entry (
    version    INTEGER PRIMARY KEY,
    id         TEXT    NOT NULL,
    bucket     INTEGER NOT NULL,          -- from the keyed hash of id
    source     TEXT    NOT NULL,
    kind       INTEGER NOT NULL,
    digest     BLOB    NOT NULL,          -- keyed hash of the whole entry: tells changed from unchanged
    payload    BLOB    NOT NULL,          -- the entry; of a contact, sealed
    route      BLOB,                      -- a contact's address under the transit key
    seen_from  INTEGER NOT NULL,
    seen_until INTEGER,
    mac        BLOB    NOT NULL
);
CREATE UNIQUE INDEX entry_current ON entry (id) WHERE seen_until IS NULL;
CREATE INDEX entry_of_id ON entry (id, seen_from);
CREATE INDEX entry_of_bucket ON entry (bucket, version, mac);

-- An index of keyed hashes only. It is a hint: the entry it leads to must hold the address itself.
CREATE TABLE address (
    key     BLOB    NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (key, version)
) WITHOUT ROWID;

-- Where each source stands.
CREATE TABLE source (
    name       TEXT PRIMARY KEY,
    cursor     BLOB,
    seen_at    INTEGER NOT NULL,
    mac        BLOB    NOT NULL
) WITHOUT ROWID;

-- The pairs under which contacts are sealed: the private half is sealed to the region's unlock key.
CREATE TABLE contact_key (
    public  BLOB PRIMARY KEY,
    region  TEXT NOT NULL,
    private BLOB NOT NULL,
    mac     BLOB NOT NULL
);

-- The seal of each bucket of rows: which MACs it holds, in order.
CREATE TABLE ledger (
    area   INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    seal   BLOB    NOT NULL,
    PRIMARY KEY (area, bucket)
) WITHOUT ROWID;
