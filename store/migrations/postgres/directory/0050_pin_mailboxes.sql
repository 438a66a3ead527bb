-- Why: who has been given a place stays there, whatever the rules and the directory say later, until an admin moves them.

CREATE TABLE pin (
    owner  TEXT COLLATE "C" NOT NULL PRIMARY KEY,     -- entry.id
    region TEXT COLLATE "C" NOT NULL,
    since  BIGINT           NOT NULL,
    mac    BYTEA            NOT NULL
);
CREATE INDEX pin_of_region ON pin (region);
