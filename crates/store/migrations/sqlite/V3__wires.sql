-- For which version of the interface a request was written, and which certificate a call was made with.

PRAGMA user_version = 3;

ALTER TABLE refunds ADD COLUMN wire TEXT NOT NULL DEFAULT 'v3';
ALTER TABLE journal ADD COLUMN certificate TEXT;
