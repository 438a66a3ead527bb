-- Why: whoever has no key of ours can check an exported log against these signatures; a collector that was away gets what it missed.

-- What was signed: the log as far as `seq`.
CREATE TABLE audit_checkpoint (
    seq       INTEGER NOT NULL PRIMARY KEY,
    at        INTEGER NOT NULL,
    seal      TEXT    NOT NULL,              -- of the chain under our key
    link      TEXT    NOT NULL,              -- of the chain that anybody can compute
    signature TEXT    NOT NULL               -- Ed25519, base64
);

-- How far each collector of logs has them.
CREATE TABLE audit_shipped (
    collector TEXT    NOT NULL PRIMARY KEY,
    seq       INTEGER NOT NULL,
    mac       BLOB    NOT NULL
) WITHOUT ROWID;
