-- UIDVALIDITY rises for good, also over folders that were deleted (RFC 3501 §6.3.4), and a folder's number never
-- comes back: who still has the old one selected must not act on a new one.
ALTER TABLE mailbox ADD COLUMN uidvalidity INTEGER NOT NULL DEFAULT 0;  -- the last that was given
UPDATE mailbox SET uidvalidity = coalesce((SELECT max(f.uidvalidity) FROM folder f WHERE f.mailbox = mailbox.id), 0);

DROP TRIGGER placement_comes;
DROP TRIGGER placement_goes;
DROP TRIGGER placement_is_read;
CREATE TABLE folder_anew (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    mailbox        INTEGER NOT NULL,
    name           BLOB    NOT NULL,        -- sealed
    name_mac       BLOB    NOT NULL,
    role           TEXT,
    uidvalidity    INTEGER NOT NULL,
    uidnext        INTEGER NOT NULL DEFAULT 1,
    highest_modseq INTEGER NOT NULL DEFAULT 0,
    subscribed     INTEGER NOT NULL DEFAULT 1,
    own            INTEGER NOT NULL,        -- 1: made here, 0: laid out from the film
    messages       INTEGER NOT NULL DEFAULT 0,
    unseen         INTEGER NOT NULL DEFAULT 0,
    UNIQUE (mailbox, name_mac)
);
INSERT INTO folder_anew (id, mailbox, name, name_mac, role, uidvalidity, uidnext, highest_modseq, subscribed, own, messages, unseen)
SELECT id, mailbox, name, name_mac, role, uidvalidity, uidnext, highest_modseq, subscribed, own, messages, unseen FROM folder;
DROP TABLE folder;
ALTER TABLE folder_anew RENAME TO folder;

CREATE TRIGGER placement_comes AFTER INSERT ON placement BEGIN
    UPDATE folder SET messages = messages + 1, unseen = unseen + (new.flags & 1 = 0) WHERE id = new.folder;
END;
CREATE TRIGGER placement_goes AFTER DELETE ON placement BEGIN
    UPDATE folder SET messages = messages - 1, unseen = unseen - (old.flags & 1 = 0) WHERE id = old.folder;
END;
CREATE TRIGGER placement_is_read AFTER UPDATE OF flags ON placement WHEN (old.flags & 1) <> (new.flags & 1) BEGIN
    UPDATE folder SET unseen = unseen + (new.flags & 1 = 0) - (old.flags & 1 = 0) WHERE id = new.folder;
END;
