-- Why: whoever has no key of ours can check an exported log against these signatures; a collector that was away gets what it missed.

-- What was signed: the log as far as `seq`.
CREATE TABLE audit_checkpoint (
    seq       BIGINT NOT NULL PRIMARY KEY,
    at        BIGINT NOT NULL,
    seal      TEXT COLLATE "C" NOT NULL,              -- of the chain under our key
    link      TEXT COLLATE "C" NOT NULL,              -- of the chain that anybody can compute
    signature TEXT COLLATE "C" NOT NULL               -- Ed25519, base64
);

-- How far each collector of logs has them.
CREATE TABLE audit_shipped (
    collector TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    seq       BIGINT NOT NULL,
    mac       BYTEA   NOT NULL
);
