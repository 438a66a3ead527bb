-- Why: a transaction that locks a table first sees nothing that came after it began to write, whoever commits meanwhile; a lock that a
-- SELECT takes sees what was before it. Nothing is ever in this table.
-- SQLite has one writer at a time by itself.

CREATE TABLE turn (one INTEGER PRIMARY KEY);
