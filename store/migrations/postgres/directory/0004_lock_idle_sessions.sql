-- Why: at a shared computer a session that nobody uses for some minutes has to end by itself.

-- Milliseconds without a request after which the session is over; NULL: only at expires_at. Covered by the MAC when set.
ALTER TABLE session ADD COLUMN idle_ms BIGINT;
