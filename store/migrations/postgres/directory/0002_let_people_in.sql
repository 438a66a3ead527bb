-- Why: staff sign in without the primary's identity provider, so credentials and sessions live here.

CREATE TABLE credential (
    id          BYTEA    PRIMARY KEY,      -- 16 random bytes
    owner       TEXT COLLATE "C"    NOT NULL,         -- `entry:<id>` or `admin:<name>`
    bucket      BIGINT NOT NULL,
    kind        TEXT COLLATE "C"    NOT NULL,
    secret_hash BYTEA    NOT NULL,
    label       TEXT COLLATE "C"    NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT,
    revoked_at  BIGINT,
    used_at     BIGINT,                  -- a hint, outside the MAC
    mac         BYTEA    NOT NULL
);
CREATE INDEX credential_of_owner ON credential (owner, kind);
CREATE INDEX credential_of_bucket ON credential (bucket, id, mac);

CREATE TABLE session (
    token_hash BYTEA    PRIMARY KEY,
    owner      TEXT COLLATE "C"    NOT NULL,
    bucket     BIGINT NOT NULL,
    role       TEXT COLLATE "C"    NOT NULL,
    via        TEXT COLLATE "C"    NOT NULL,          -- how its owner signed in: `app`, `password`, `saml`
    peer       TEXT COLLATE "C"    NOT NULL,
    agent      TEXT COLLATE "C"    NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at   BIGINT,
    seen_at    BIGINT,                   -- a hint, outside the MAC
    mac        BYTEA    NOT NULL
);
CREATE INDEX session_of_owner ON session (owner);
CREATE INDEX session_of_bucket ON session (bucket, token_hash, mac);
CREATE INDEX session_of_via ON session (via) WHERE ended_at IS NULL;

-- Who could not sign in, one row a person and day: readiness asks for it. No account is ever locked by it.
CREATE TABLE refused_sign_in (
    owner   TEXT COLLATE "C"    NOT NULL,
    day     BIGINT NOT NULL,             -- days since 1970
    count   BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (owner, day)
);
