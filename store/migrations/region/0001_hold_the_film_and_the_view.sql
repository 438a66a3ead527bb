-- Hold what the primary showed (the film), what staff see (the view) and what waits to leave (the queue).
-- Moments are milliseconds since the Unix epoch. `sealed` columns and codes are those of docs/format.md.

CREATE TABLE mailbox (
    id         INTEGER PRIMARY KEY,
    owner      TEXT    NOT NULL UNIQUE,
    address    TEXT    NOT NULL,
    shared     INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    public     BLOB    NOT NULL,
    private    BLOB    NOT NULL,            -- HPKE to the unlock key
    mac        BLOB    NOT NULL,
    modseq     INTEGER NOT NULL DEFAULT 0,
    laid_for   INTEGER NOT NULL DEFAULT 0,  -- the clean_point row that the view is laid out for
    placed     INTEGER NOT NULL DEFAULT 0   -- the last `received` event that the view has
);

-- The newest row that names a mailbox, or all of them (0), is in force.
CREATE TABLE clean_point (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    mailbox INTEGER NOT NULL,
    moment  INTEGER,                        -- NULL: unknown
    set_at  INTEGER NOT NULL,
    mac     BLOB    NOT NULL
);

CREATE TABLE state (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE epoch (
    mailbox    INTEGER NOT NULL,
    id         BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    node       TEXT    NOT NULL,
    sealed     BLOB    NOT NULL,            -- HPKE to the mailbox
    PRIMARY KEY (mailbox, id)
) WITHOUT ROWID;

-- Small columns first: a list reads summaries without touching the pages of bodies.
CREATE TABLE content (
    row         INTEGER PRIMARY KEY,
    id          BLOB    NOT NULL UNIQUE,
    size        INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    raw_mac     BLOB    NOT NULL,
    summary_mac BLOB    NOT NULL,
    summary     BLOB    NOT NULL,           -- box under the content key
    raw         BLOB                        -- box under the content key; NULL: in a blob file
);

CREATE TABLE content_key (
    content BLOB    NOT NULL,
    mailbox INTEGER NOT NULL,
    sealed  BLOB    NOT NULL,               -- epoch id, box under the epoch key
    PRIMARY KEY (content, mailbox)
) WITHOUT ROWID;

CREATE TABLE source (
    id             INTEGER PRIMARY KEY,
    mailbox        INTEGER NOT NULL,
    path_mac       BLOB    NOT NULL,
    path           BLOB    NOT NULL,        -- sealed
    uidvalidity    INTEGER NOT NULL DEFAULT 0,
    uidnext        INTEGER NOT NULL DEFAULT 0,
    highest_modseq INTEGER NOT NULL DEFAULT 0,
    gone           INTEGER NOT NULL DEFAULT 0,
    UNIQUE (mailbox, path_mac)
);

-- What the connector believes is at the primary now.
CREATE TABLE source_message (
    source   INTEGER NOT NULL,
    uid      INTEGER NOT NULL,
    content  BLOB    NOT NULL,
    flags    INTEGER NOT NULL,
    keywords INTEGER NOT NULL,              -- keyed hash, 0 for none
    PRIMARY KEY (source, uid)
) WITHOUT ROWID;

-- kind: 1 folder, 2 folder gone, 3 message, 4 returned, 5 flags, 6 gone, 7 received
CREATE TABLE event (
    id          INTEGER PRIMARY KEY,
    mailbox     INTEGER NOT NULL,
    kind        INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    path_mac    BLOB,
    uidvalidity INTEGER NOT NULL DEFAULT 0,
    uid         INTEGER NOT NULL DEFAULT 0,
    content     BLOB,
    evidence    BLOB,
    size        INTEGER NOT NULL DEFAULT 0,
    flags       INTEGER NOT NULL DEFAULT 0,
    keywords    BLOB,                       -- sealed
    received_at INTEGER NOT NULL DEFAULT 0,
    role        TEXT,
    mac         BLOB    NOT NULL
);
CREATE INDEX event_of ON event (mailbox);

CREATE TABLE folder (
    id             INTEGER PRIMARY KEY,
    mailbox        INTEGER NOT NULL,
    name           BLOB    NOT NULL,        -- sealed
    name_mac       BLOB    NOT NULL,
    role           TEXT,
    uidvalidity    INTEGER NOT NULL,
    uidnext        INTEGER NOT NULL DEFAULT 1,
    highest_modseq INTEGER NOT NULL DEFAULT 0,
    subscribed     INTEGER NOT NULL DEFAULT 1,
    own            INTEGER NOT NULL,        -- 1: made here, 0: laid out from the film
    UNIQUE (mailbox, name_mac)
);

CREATE TABLE placement (
    folder             INTEGER NOT NULL,
    uid                INTEGER NOT NULL,
    content            BLOB    NOT NULL,
    size               INTEGER NOT NULL,
    flags              INTEGER NOT NULL,
    keywords           BLOB,                -- sealed
    modseq             INTEGER NOT NULL,
    received_at        INTEGER NOT NULL,
    own                INTEGER NOT NULL,    -- 1: received, sent or copied here, 0: laid out from the film
    touched            INTEGER NOT NULL DEFAULT 0,
    source_mac         BLOB,                -- where the primary has it, if it does
    source_uidvalidity INTEGER NOT NULL DEFAULT 0,
    source_uid         INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (folder, uid)
) WITHOUT ROWID;
CREATE INDEX placement_of ON placement (content);

-- What staff deleted here of what the primary has.
CREATE TABLE expunged (
    mailbox     INTEGER NOT NULL,
    source_mac  BLOB    NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid         INTEGER NOT NULL,
    PRIMARY KEY (mailbox, source_mac, uidvalidity, uid)
) WITHOUT ROWID;

-- What failback has put back, and where.
CREATE TABLE returned (
    mailbox     INTEGER NOT NULL,
    content     BLOB    NOT NULL,
    path_mac    BLOB    NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid         INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (mailbox, content, path_mac)
) WITHOUT ROWID;

CREATE TABLE outgoing (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    content   BLOB    NOT NULL,
    envelope  BLOB    NOT NULL,             -- box under the transit key
    transit   BLOB    NOT NULL,             -- the content key, box under the transit key
    unlock    BLOB    NOT NULL,             -- the content key, HPKE to the unlock key
    size      INTEGER NOT NULL,
    queued_at INTEGER NOT NULL
);
CREATE INDEX outgoing_of ON outgoing (content);

CREATE TABLE outgoing_recipient (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    outgoing     INTEGER NOT NULL,
    recipient    BLOB    NOT NULL,          -- box under the transit key
    attempts     INTEGER NOT NULL DEFAULT 0,
    held         INTEGER NOT NULL DEFAULT 0,
    next_at      INTEGER NOT NULL,
    leased_until INTEGER NOT NULL DEFAULT 0,
    reply        BLOB                       -- box under the transit key
);
CREATE INDEX recipient_due ON outgoing_recipient (held, next_at);
CREATE INDEX recipient_of ON outgoing_recipient (outgoing);
