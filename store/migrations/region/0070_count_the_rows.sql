-- Why: each row verifies by itself; that one is missing, or an older one was put back, only the sum of all of them shows.

-- area: 0 the region, 1 the film of mailbox `place`, 2 mailboxes, 3 clean points. docs/format.md says what is added up.
CREATE TABLE tally (
    area    INTEGER NOT NULL,
    place   INTEGER NOT NULL,
    version INTEGER NOT NULL,
    count   INTEGER NOT NULL,                -- of area 0: the highest number of an event
    total   BLOB    NOT NULL,
    mac     BLOB    NOT NULL,
    PRIMARY KEY (area, place)
) WITHOUT ROWID;

-- What the transaction that is under way took away or changed; empty when it is over.
CREATE TABLE tally_change (
    id    INTEGER NOT NULL PRIMARY KEY,
    area  INTEGER NOT NULL,
    place INTEGER NOT NULL,
    item  INTEGER NOT NULL,
    went  BLOB,
    came  BLOB
);
CREATE TRIGGER event_went AFTER DELETE ON event BEGIN
    INSERT INTO tally_change (area, place, item, went) VALUES (1, old.mailbox, old.id, old.mac);
END;
CREATE TRIGGER mailbox_came AFTER INSERT ON mailbox BEGIN
    INSERT INTO tally_change (area, place, item, came) VALUES (2, 0, new.id, new.mac);
END;
CREATE TRIGGER mailbox_changed AFTER UPDATE OF mac ON mailbox BEGIN
    INSERT INTO tally_change (area, place, item, went, came) VALUES (2, 0, new.id, old.mac, new.mac);
END;
CREATE TRIGGER mailbox_went AFTER DELETE ON mailbox BEGIN
    INSERT INTO tally_change (area, place, item, went) VALUES (2, 0, old.id, old.mac);
END;
CREATE TRIGGER clean_point_came AFTER INSERT ON clean_point BEGIN
    INSERT INTO tally_change (area, place, item, came) VALUES (3, 0, new.id, new.mac);
END;
CREATE TRIGGER clean_point_went AFTER DELETE ON clean_point BEGIN
    INSERT INTO tally_change (area, place, item, went) VALUES (3, 0, old.id, old.mac);
END;
