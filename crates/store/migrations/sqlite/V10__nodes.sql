-- The processes that drive owners. They belong to no merchant id, and there are few.

PRAGMA user_version = 10;

CREATE TABLE nodes (
    id        TEXT NOT NULL PRIMARY KEY,
    name      TEXT NOT NULL,
    version   TEXT NOT NULL,
    draining  INTEGER NOT NULL,
    joined_at INTEGER NOT NULL,
    heard_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Counts what was changed about how a merchant id is set up, so that other nodes see that they know an older one.
ALTER TABLE ownership ADD COLUMN set_up INTEGER NOT NULL DEFAULT 0;
