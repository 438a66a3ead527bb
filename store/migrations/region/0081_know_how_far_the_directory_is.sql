-- Why: a directory's database that was put back whole agrees with itself; the regions' know how far it was.

CREATE TABLE directory_head (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    version INTEGER NOT NULL,
    code    BLOB    NOT NULL,
    mac     BLOB    NOT NULL
);
