-- Why: somebody may be ordered to keep a mailbox whole, and has to show afterwards what went of the others, when and why.

-- Nothing of these mailboxes is removed; 0 names all.
CREATE TABLE hold (
    mailbox BIGINT NOT NULL PRIMARY KEY,
    since   BIGINT NOT NULL,
    set_by  TEXT COLLATE "C" NOT NULL,
    reason  TEXT COLLATE "C" NOT NULL,
    mac     BYTEA   NOT NULL
);

-- Messages that only a hold keeps: when it ends, they go.
CREATE TABLE retained (
    mailbox BIGINT NOT NULL,
    content BYTEA   NOT NULL,
    PRIMARY KEY (mailbox, content)
);

-- What went of whose mailbox on which day (UTC, days since the epoch), and why.
CREATE TABLE removal (
    owner    TEXT COLLATE "C" NOT NULL,
    day      BIGINT NOT NULL,
    why      TEXT COLLATE "C" NOT NULL,
    events   BIGINT NOT NULL,
    messages BIGINT NOT NULL,              -- that this mailbox let go
    bodies   BIGINT NOT NULL,              -- those of them that nobody else had
    bytes    BIGINT NOT NULL,              -- of these bodies, as they were received
    mac      BYTEA   NOT NULL,
    PRIMARY KEY (owner, day, why)
);
