-- Why: who has been given a place stays there, whatever the rules and the directory say later, until an admin moves them.

CREATE TABLE pin (
    owner  TEXT    NOT NULL PRIMARY KEY,     -- entry.id
    region TEXT    NOT NULL,
    since  INTEGER NOT NULL,
    mac    BLOB    NOT NULL
) WITHOUT ROWID;
CREATE INDEX pin_of_region ON pin (region);
