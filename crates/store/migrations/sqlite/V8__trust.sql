-- What sub-merchants bring to pools, how far their reports of payments held, and for which refund a pool is kept together.

PRAGMA user_version = 8;

-- An empty sub_mchid is a directly connected merchant itself. Amounts are in minor units of the pool's currency.
CREATE TABLE contributions (
    mchid          TEXT NOT NULL,
    pool           TEXT NOT NULL,
    sub_mchid      TEXT NOT NULL,
    judged         INTEGER NOT NULL,
    confirmed      INTEGER NOT NULL,
    unchecked      INTEGER NOT NULL,
    day            TEXT NOT NULL,
    brought        INTEGER NOT NULL,
    brought_before INTEGER NOT NULL,
    PRIMARY KEY (mchid, pool, sub_mchid)
) STRICT, WITHOUT ROWID;

ALTER TABLE pool_days ADD COLUMN kept_for TEXT;
