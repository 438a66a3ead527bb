-- Why: a switch that is killed at any point resumes from the phase stored before it acted, and who did what is provable.

CREATE TABLE run (
    id          TEXT    PRIMARY KEY,
    kind        TEXT    NOT NULL,
    phase       TEXT    NOT NULL,
    scope       TEXT    NOT NULL,
    clean_point INTEGER,
    steps       TEXT    NOT NULL,         -- JSON
    says        TEXT    NOT NULL,
    started_at  INTEGER NOT NULL,
    ended_at    INTEGER,
    mac         BLOB    NOT NULL
) WITHOUT ROWID;
CREATE INDEX run_by_start ON run (started_at);

CREATE TABLE approval (
    run        TEXT    NOT NULL,
    approver   TEXT    NOT NULL,
    approved_at INTEGER NOT NULL,
    mac        BLOB    NOT NULL,
    PRIMARY KEY (run, approver)
) WITHOUT ROWID;

-- One row: the phase of the organisation.
CREATE TABLE phase (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    phase TEXT    NOT NULL,
    run   TEXT    NOT NULL,               -- the run that set it
    mac   BLOB    NOT NULL
);

-- Each entry's seal is a MAC over the entry and the seal before it.
CREATE TABLE audit (
    seq    INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    actor  TEXT    NOT NULL,
    what   TEXT    NOT NULL,
    detail TEXT    NOT NULL,              -- JSON
    seal   BLOB    NOT NULL
);

-- The last entry, so that a cut tail is noticed.
CREATE TABLE audit_head (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    seq  INTEGER NOT NULL,
    seal BLOB    NOT NULL,
    mac  BLOB    NOT NULL
);
