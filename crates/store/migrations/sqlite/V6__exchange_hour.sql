-- What the first hours of a day told of the money of the day before, and what refunds drew of it.

PRAGMA user_version = 6;

ALTER TABLE pool_days ADD COLUMN night_drawn INTEGER NOT NULL DEFAULT 0;
-- Seconds after midnight in China.
ALTER TABLE pool_days ADD COLUMN refundable_at_s INTEGER;
ALTER TABLE pool_days ADD COLUMN gone_at_s INTEGER;
