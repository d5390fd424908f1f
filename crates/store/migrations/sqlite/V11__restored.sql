-- That the store was put back from a backup, and whether every open refund has been asked about since.

PRAGMA user_version = 11;

-- Counts how often; of one that never was, 0.
ALTER TABLE merchants ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE merchants ADD COLUMN restored_at INTEGER;
ALTER TABLE merchants ADD COLUMN is_checked INTEGER NOT NULL DEFAULT 1;
