-- Why: a directory's database that was put back whole agrees with itself; the regions' know how far it was.

CREATE TABLE directory_head (
    one     BIGINT PRIMARY KEY CHECK (one = 1),
    version BIGINT NOT NULL,
    code    BYTEA  NOT NULL,
    mac     BYTEA  NOT NULL
);
