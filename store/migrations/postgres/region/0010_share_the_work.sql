-- Let several nodes share the work: which of them live, and who holds what. See src/lease.rs.

CREATE TABLE node (
    name        TEXT COLLATE "C" PRIMARY KEY,
    incarnation BIGINT NOT NULL UNIQUE,      -- rises with every start of any node
    alive_until BIGINT NOT NULL              -- by this database's clock
);

CREATE TABLE lease (
    name   TEXT COLLATE "C" PRIMARY KEY,
    holder BIGINT NOT NULL                   -- an incarnation; it counts as long as that one lives
);

-- Whose turn it was given to, so that a node that comes back late settles nothing.
ALTER TABLE outgoing_recipient ADD COLUMN holder BIGINT NOT NULL DEFAULT 0;

-- Every node hears what another one changed, when it is committed: `m7` the view of mailbox 7, `k7` its keys, `c` a
-- clean point, `q` the queue.
CREATE FUNCTION tell_mailbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF new.modseq <> old.modseq OR new.laid_for <> old.laid_for THEN
        PERFORM pg_notify(tg_table_schema, 'm' || new.id);
    END IF;
    IF new.public <> old.public THEN
        PERFORM pg_notify(tg_table_schema, 'k' || new.id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER told AFTER UPDATE ON mailbox FOR EACH ROW EXECUTE FUNCTION tell_mailbox();
CREATE FUNCTION tell_folder() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify(tg_table_schema, 'm' || coalesce(new.mailbox, old.mailbox));
    RETURN NULL;
END $$;
CREATE TRIGGER told AFTER INSERT OR DELETE OR UPDATE OF name, subscribed, uidvalidity ON folder
    FOR EACH ROW EXECUTE FUNCTION tell_folder();
CREATE FUNCTION tell_word() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify(tg_table_schema, tg_argv[0]);
    RETURN NULL;
END $$;
CREATE TRIGGER told AFTER INSERT OR DELETE ON clean_point FOR EACH STATEMENT EXECUTE FUNCTION tell_word('c');
CREATE TRIGGER told AFTER INSERT ON outgoing FOR EACH STATEMENT EXECUTE FUNCTION tell_word('q');
