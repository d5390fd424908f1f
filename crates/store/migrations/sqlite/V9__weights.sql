-- What sub-merchants' shares of a pool count for.

PRAGMA user_version = 9;

-- In per cent of what is usual.
ALTER TABLE sub_merchants ADD COLUMN weight INTEGER NOT NULL DEFAULT 100;
