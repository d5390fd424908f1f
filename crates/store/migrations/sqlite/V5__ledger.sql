-- The books of each pool by day, and when the result of a refund became known.

PRAGMA user_version = 5;

-- Sums of movements, changed by what each batch posts. Orders and refunds say the same when they are counted anew.
CREATE TABLE ledger_days (
    mchid     TEXT NOT NULL,
    pool      TEXT NOT NULL,
    day       TEXT NOT NULL,
    paid      INTEGER NOT NULL,
    accepted  INTEGER NOT NULL,
    succeeded INTEGER NOT NULL,
    returned  INTEGER NOT NULL,
    PRIMARY KEY (mchid, pool, day)
) STRICT, WITHOUT ROWID;

-- The journal knows when a refund of before came to its result. One that was closed when first heard of counts as closed on
-- the day on which it was taken.
UPDATE refunds SET life = json_set(life, '$.result_at', coalesce(
    (SELECT max(at) FROM journal WHERE journal.mchid = refunds.mchid AND refund_id = refunds.id AND to_state = refunds.state
     AND from_state <> to_state AND (to_state = 'succeeded' OR from_state IN ('processing', 'abnormal', 'succeeded'))),
    json_extract(life, '$.state.closed.at'), json_extract(life, '$.state.succeeded.acceptance.at')))
WHERE state IN ('succeeded', 'closed');

-- Merchant ids whose books have to be counted from orders and refunds before the store is used.
CREATE TABLE ledger_to_rebuild (
    mchid TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

INSERT INTO ledger_to_rebuild (mchid) SELECT mchid FROM merchants;
