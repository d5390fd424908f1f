-- What answers told of pools, what their past days were like, and when orders were paid.

PRAGMA user_version = 4;

-- The last refusal of a day does not say all that `told` holds; it is let go.
ALTER TABLE pool_days DROP COLUMN ceiling_room;
ALTER TABLE pool_days DROP COLUMN ceiling_at;
ALTER TABLE pool_days ADD COLUMN told TEXT NOT NULL DEFAULT '{"v":1,"looks":[]}';
ALTER TABLE pool_days ADD COLUMN promises_kept INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pool_days ADD COLUMN promises_broken INTEGER NOT NULL DEFAULT 0;

-- By statements or reports; what our own refunds did on the day is in pool_days.
CREATE TABLE past_days (
    mchid    TEXT NOT NULL,
    pool     TEXT NOT NULL,
    day      TEXT NOT NULL,
    refunded INTEGER NOT NULL,
    source   TEXT NOT NULL,
    curve    TEXT NOT NULL,
    PRIMARY KEY (mchid, pool, day)
) STRICT, WITHOUT ROWID;

-- Told by `facts` as well: a column of its own is what an index can be made of.
ALTER TABLE orders ADD COLUMN paid_at INTEGER;
UPDATE orders SET paid_at = json_extract(facts, '$.paid_at[0]') WHERE facts LIKE '%"paid_at"%';
-- A row that was taken over is left out: its payment is the survivor's.
CREATE INDEX orders_paid_at ON orders (mchid, paid_at, id) WHERE paid_at IS NOT NULL AND merged_into IS NULL;
