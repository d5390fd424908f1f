-- That the store was put back from a backup, and whether every open refund has been asked about since.

-- Counts how often; of one that never was, 0.
ALTER TABLE merchants ADD COLUMN generation BIGINT NOT NULL DEFAULT 0;
ALTER TABLE merchants ADD COLUMN restored_at BIGINT;
ALTER TABLE merchants ADD COLUMN is_checked BOOLEAN NOT NULL DEFAULT TRUE;
