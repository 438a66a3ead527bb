-- Why: while a mailbox is on its way to another region it is in both, and only what leaves may be believed; nothing may be
-- added to it there, or it would be lost.

CREATE TABLE moving (
    mailbox INTEGER NOT NULL PRIMARY KEY,
    region  TEXT    NOT NULL,               -- the other one
    leaving INTEGER NOT NULL,               -- 1: on its way from here, 0: on its way here
    copied  INTEGER NOT NULL                -- the last event of the other region that is here
) WITHOUT ROWID;

CREATE TRIGGER key_stays_out BEFORE INSERT ON content_key
WHEN EXISTS (SELECT 1 FROM moving WHERE mailbox = new.mailbox AND leaving = 1) BEGIN
    SELECT RAISE(ABORT, 'the mailbox is moving');
END;
CREATE TRIGGER event_stays_out BEFORE INSERT ON event
WHEN EXISTS (SELECT 1 FROM moving WHERE mailbox = new.mailbox AND leaving = 1) BEGIN
    SELECT RAISE(ABORT, 'the mailbox is moving');
END;
CREATE TRIGGER folder_stays_out BEFORE INSERT ON folder
WHEN EXISTS (SELECT 1 FROM moving WHERE mailbox = new.mailbox AND leaving = 1) BEGIN
    SELECT RAISE(ABORT, 'the mailbox is moving');
END;
CREATE TRIGGER draft_stays_out BEFORE INSERT ON draft
WHEN EXISTS (SELECT 1 FROM moving WHERE mailbox = new.mailbox AND leaving = 1) BEGIN
    SELECT RAISE(ABORT, 'the mailbox is moving');
END;
