-- Why: somebody may be ordered to keep a mailbox whole, and has to show afterwards what went of the others, when and why.

-- Nothing of these mailboxes is removed; 0 names all.
CREATE TABLE hold (
    mailbox INTEGER NOT NULL PRIMARY KEY,
    since   INTEGER NOT NULL,
    set_by  TEXT    NOT NULL,
    reason  TEXT    NOT NULL,
    mac     BLOB    NOT NULL
) WITHOUT ROWID;

-- Messages that only a hold keeps: when it ends, they go.
CREATE TABLE retained (
    mailbox INTEGER NOT NULL,
    content BLOB    NOT NULL,
    PRIMARY KEY (mailbox, content)
) WITHOUT ROWID;

-- What went of whose mailbox on which day (UTC, days since the epoch), and why.
CREATE TABLE removal (
    owner    TEXT    NOT NULL,
    day      INTEGER NOT NULL,
    why      TEXT    NOT NULL,
    events   INTEGER NOT NULL,
    messages INTEGER NOT NULL,              -- that this mailbox let go
    bodies   INTEGER NOT NULL,              -- those of them that nobody else had
    bytes    INTEGER NOT NULL,              -- of these bodies, as they were received
    mac      BLOB    NOT NULL,
    PRIMARY KEY (owner, day, why)
) WITHOUT ROWID;
