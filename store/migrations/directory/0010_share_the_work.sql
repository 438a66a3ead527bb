-- Let several nodes share the work: which of them live, and who holds what. See src/lease.rs. SQLite has one node, so
-- that these stay empty: its process holds the folder's lock.

CREATE TABLE node (
    name        TEXT    NOT NULL PRIMARY KEY,
    incarnation INTEGER NOT NULL UNIQUE,     -- rises with every start of any node
    alive_until INTEGER NOT NULL             -- by this database's clock
) WITHOUT ROWID;

CREATE TABLE lease (
    name   TEXT    NOT NULL PRIMARY KEY,
    holder INTEGER NOT NULL                  -- an incarnation; it counts as long as that one lives
) WITHOUT ROWID;
