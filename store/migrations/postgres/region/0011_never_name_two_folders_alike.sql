-- UIDVALIDITY rises for good, also over folders that were deleted (RFC 3501 §6.3.4). Numbers of folders never come back here.
ALTER TABLE mailbox ADD COLUMN uidvalidity BIGINT NOT NULL DEFAULT 0;  -- the last that was given
UPDATE mailbox SET uidvalidity = coalesce((SELECT max(f.uidvalidity) FROM folder f WHERE f.mailbox = mailbox.id), 0);
