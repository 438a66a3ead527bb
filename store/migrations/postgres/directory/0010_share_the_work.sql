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

-- Every node hears which table another one changed, when it is committed.
CREATE FUNCTION tell_table() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify(tg_table_schema, tg_table_name);
    RETURN NULL;
END $$;
CREATE TRIGGER told AFTER INSERT OR UPDATE OR DELETE ON entry FOR EACH STATEMENT EXECUTE FUNCTION tell_table();
CREATE TRIGGER told AFTER INSERT OR UPDATE OR DELETE ON run FOR EACH STATEMENT EXECUTE FUNCTION tell_table();
CREATE TRIGGER told AFTER INSERT OR UPDATE OR DELETE ON approval FOR EACH STATEMENT EXECUTE FUNCTION tell_table();
