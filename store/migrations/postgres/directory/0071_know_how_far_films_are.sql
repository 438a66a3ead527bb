-- Why: a region's database that was put back whole agrees with itself; the directory's knows how far it was.

CREATE TABLE film_head (
    region  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    code    BYTEA  NOT NULL,
    mac     BYTEA  NOT NULL
);
