-- Turn pages of a folder by index, know its counts without counting, and keep what people are writing.

CREATE INDEX placement_by_arrival ON placement (folder, received_at);
CREATE INDEX placement_unseen ON placement (folder, received_at) WHERE flags & 1 = 0;
CREATE INDEX placement_flagged ON placement (folder, received_at) WHERE flags & 4 <> 0;

-- Kept by triggers, so that no way in or out forgets them.
ALTER TABLE folder ADD COLUMN messages INTEGER NOT NULL DEFAULT 0;
ALTER TABLE folder ADD COLUMN unseen INTEGER NOT NULL DEFAULT 0;
UPDATE folder SET messages = (SELECT count(*) FROM placement p WHERE p.folder = folder.id),
                  unseen = (SELECT count(*) FROM placement p WHERE p.folder = folder.id AND p.flags & 1 = 0);
CREATE TRIGGER placement_comes AFTER INSERT ON placement BEGIN
    UPDATE folder SET messages = messages + 1, unseen = unseen + (new.flags & 1 = 0) WHERE id = new.folder;
END;
CREATE TRIGGER placement_goes AFTER DELETE ON placement BEGIN
    UPDATE folder SET messages = messages - 1, unseen = unseen - (old.flags & 1 = 0) WHERE id = old.folder;
END;
CREATE TRIGGER placement_is_read AFTER UPDATE OF flags ON placement WHEN (old.flags & 1) <> (new.flags & 1) BEGIN
    UPDATE folder SET unseen = unseen + (new.flags & 1 = 0) - (old.flags & 1 = 0) WHERE id = new.folder;
END;

-- state: 0 being written, 1 on its way, 2 sent
CREATE TABLE draft (
    id         INTEGER PRIMARY KEY,         -- random
    mailbox    INTEGER NOT NULL,
    revision   INTEGER NOT NULL,
    state      INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    sent       BLOB,                        -- the content it became
    sealed     BLOB    NOT NULL,            -- epoch id, box under the epoch key
    mac        BLOB    NOT NULL
);
CREATE INDEX draft_of ON draft (mailbox, state, changed_at);

-- What hangs on a draft. Never rewritten, however often its text is.
CREATE TABLE draft_part (
    id     BLOB    NOT NULL PRIMARY KEY,    -- 16 bytes as of a content, and the blob's name
    draft  INTEGER NOT NULL,
    place  INTEGER NOT NULL,                -- its place among the draft's
    size   INTEGER NOT NULL,
    head   BLOB    NOT NULL,                -- epoch id, box under the epoch key: name, type, key of the body
    body   BLOB,                            -- box under that key; NULL: in a blob file
    mac    BLOB    NOT NULL
);
CREATE INDEX draft_part_of ON draft_part (draft, place);
