-- Why: staff sign in without the primary's identity provider, so credentials and sessions live here.

CREATE TABLE credential (
    id          BLOB    PRIMARY KEY,      -- 16 random bytes
    owner       TEXT    NOT NULL,         -- `entry:<id>` or `admin:<name>`
    bucket      INTEGER NOT NULL,
    kind        TEXT    NOT NULL,
    secret_hash BLOB    NOT NULL,
    label       TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER,
    revoked_at  INTEGER,
    used_at     INTEGER,                  -- a hint, outside the MAC
    mac         BLOB    NOT NULL
) WITHOUT ROWID;
CREATE INDEX credential_of_owner ON credential (owner, kind);
CREATE INDEX credential_of_bucket ON credential (bucket, id, mac);

CREATE TABLE session (
    token_hash BLOB    PRIMARY KEY,
    owner      TEXT    NOT NULL,
    bucket     INTEGER NOT NULL,
    role       TEXT    NOT NULL,
    via        TEXT    NOT NULL,          -- how its owner signed in: `app`, `password`, `saml`
    peer       TEXT    NOT NULL,
    agent      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at   INTEGER,
    seen_at    INTEGER,                   -- a hint, outside the MAC
    mac        BLOB    NOT NULL
) WITHOUT ROWID;
CREATE INDEX session_of_owner ON session (owner);
CREATE INDEX session_of_bucket ON session (bucket, token_hash, mac);
CREATE INDEX session_of_via ON session (via) WHERE ended_at IS NULL;

-- Who could not sign in, one row a person and day: readiness asks for it. No account is ever locked by it.
CREATE TABLE refused_sign_in (
    owner   TEXT    NOT NULL,
    day     INTEGER NOT NULL,             -- days since 1970
    count   INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (owner, day)
) WITHOUT ROWID;
