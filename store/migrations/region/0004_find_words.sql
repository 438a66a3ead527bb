-- Find words: an index of sealed segments, and what is not in one yet. Columns are those of docs/format.md.

-- Every content of a mailbox is here until it is in a segment. Kept by triggers, so that no way in forgets it.
CREATE TABLE unindexed (
    mailbox INTEGER NOT NULL,
    content BLOB    NOT NULL,
    PRIMARY KEY (mailbox, content)
) WITHOUT ROWID;
INSERT INTO unindexed (mailbox, content) SELECT mailbox, content FROM content_key;
CREATE TRIGGER content_comes AFTER INSERT ON content_key BEGIN
    INSERT OR IGNORE INTO unindexed (mailbox, content) VALUES (new.mailbox, new.content);
END;
CREATE TRIGGER content_goes AFTER DELETE ON content_key BEGIN
    DELETE FROM unindexed WHERE mailbox = old.mailbox AND content = old.content;
END;

CREATE TABLE segment (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    mailbox  INTEGER NOT NULL,
    name     BLOB    NOT NULL,              -- 16 random bytes, part of its seals
    epoch    BLOB    NOT NULL,
    contents BLOB    NOT NULL,              -- content ids, 16 bytes each, in the order of the segment's numbers
    outline  BLOB    NOT NULL,              -- box under the epoch key
    mac      BLOB    NOT NULL
);
CREATE INDEX segment_of ON segment (mailbox);

-- id: 65536 times the segment's, plus the block's number from 0.
CREATE TABLE segment_block (
    id     INTEGER PRIMARY KEY,
    sealed BLOB NOT NULL                    -- box under the segment's epoch key
);
