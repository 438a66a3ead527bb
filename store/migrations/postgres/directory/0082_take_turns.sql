-- Why: a transaction that locks a table first sees nothing that came after it began to write, whoever commits meanwhile; a lock that a
-- SELECT takes sees what was before it. Nothing is ever in this table.

CREATE TABLE turn (one BIGINT PRIMARY KEY);

-- What was said last of something is asked for at every look.
CREATE INDEX audit_what ON audit (what, seq);
