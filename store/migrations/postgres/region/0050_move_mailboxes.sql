-- Why: while a mailbox is on its way to another region it is in both, and only what leaves may be believed; nothing may be
-- added to it there, or it would be lost.

CREATE TABLE moving (
    mailbox BIGINT NOT NULL PRIMARY KEY,
    region  TEXT COLLATE "C" NOT NULL,      -- the other one
    leaving BIGINT NOT NULL,                -- 1: on its way from here, 0: on its way here
    copied  BIGINT NOT NULL                 -- the last event of the other region that is here
);

CREATE FUNCTION stays_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM moving WHERE mailbox = new.mailbox AND leaving = 1) THEN
        RAISE EXCEPTION 'the mailbox is moving' USING ERRCODE = 'RE001';
    END IF;
    RETURN new;
END $$;
CREATE TRIGGER key_stays_out BEFORE INSERT ON content_key FOR EACH ROW EXECUTE FUNCTION stays_out();
CREATE TRIGGER event_stays_out BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION stays_out();
CREATE TRIGGER folder_stays_out BEFORE INSERT ON folder FOR EACH ROW EXECUTE FUNCTION stays_out();
CREATE TRIGGER draft_stays_out BEFORE INSERT ON draft FOR EACH ROW EXECUTE FUNCTION stays_out();
