-- Why: a region's database that was put back whole agrees with itself; the directory's knows how far it was.

CREATE TABLE film_head (
    region  TEXT    NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    code    BLOB    NOT NULL,
    mac     BLOB    NOT NULL
) WITHOUT ROWID;
