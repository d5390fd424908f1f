-- What refunds spent on a day on looking for the pool's money.

PRAGMA user_version = 7;

ALTER TABLE pool_days ADD COLUMN refusals_spent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pool_days ADD COLUMN hours_waited INTEGER NOT NULL DEFAULT 0;
