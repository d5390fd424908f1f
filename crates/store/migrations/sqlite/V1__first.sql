-- Every key begins with the merchant id, and nothing refers across merchant ids, so that the same tables can be divided by
-- merchant id. Keys of refunds and orders are stored without the merchant id: the last 26 characters.
-- Instants are microseconds after 1970. No sub-merchant is the empty text, so that it is unique like any other.
-- Columns named `what`, `life`, `facts` and `asked` hold documents of JSON that bear the version of their form.

PRAGMA application_id = 0x74696465;
PRAGMA user_version = 1;

CREATE TABLE merchants (
    mchid               TEXT NOT NULL PRIMARY KEY,
    mode                TEXT NOT NULL,
    number_form         TEXT NOT NULL,
    settlement_currency TEXT NOT NULL,
    wire                TEXT NOT NULL,
    paused              INTEGER NOT NULL DEFAULT 0,
    halt_fault          TEXT,
    halt_since          INTEGER,
    last_intake         INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE sub_merchants (
    mchid     TEXT NOT NULL,
    sub_mchid TEXT NOT NULL,
    PRIMARY KEY (mchid, sub_mchid)
) STRICT, WITHOUT ROWID;

CREATE TABLE ownership (
    mchid    TEXT NOT NULL PRIMARY KEY,
    node     TEXT NOT NULL,
    epoch    INTEGER NOT NULL,
    feed_seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE orders (
    mchid          TEXT NOT NULL,
    id             TEXT NOT NULL,
    sub_mchid      TEXT NOT NULL,
    out_trade_no   TEXT,
    transaction_id TEXT,
    facts          TEXT NOT NULL,
    reserved       INTEGER NOT NULL,
    reserved_count INTEGER NOT NULL,
    accepted       INTEGER NOT NULL,
    accepted_payer INTEGER NOT NULL,
    last_request   INTEGER,
    last_number    TEXT,
    merged_into    TEXT,
    version        INTEGER NOT NULL,
    PRIMARY KEY (mchid, id)
) STRICT;

CREATE UNIQUE INDEX orders_out_trade_no ON orders (mchid, out_trade_no, sub_mchid) WHERE out_trade_no IS NOT NULL;
CREATE UNIQUE INDEX orders_transaction_id ON orders (mchid, transaction_id, sub_mchid) WHERE transaction_id IS NOT NULL;

-- From `upstream_no` to `asked` everything is written once. An order's refunds move when its row is taken over.
CREATE TABLE refunds (
    mchid         TEXT NOT NULL,
    id            TEXT NOT NULL,
    sub_mchid     TEXT NOT NULL,
    out_refund_no TEXT NOT NULL,
    upstream_no   TEXT NOT NULL,
    amount        INTEGER NOT NULL,
    currency      TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    deadline      INTEGER,
    class         INTEGER NOT NULL,
    request       BLOB NOT NULL,
    asked         TEXT NOT NULL,
    order_id      TEXT NOT NULL,
    pool          TEXT NOT NULL,
    need_low      INTEGER NOT NULL,
    need_best     INTEGER NOT NULL,
    need_high     INTEGER NOT NULL,
    need_source   TEXT NOT NULL,
    state         TEXT NOT NULL,
    life          TEXT NOT NULL,
    version       INTEGER NOT NULL,
    due           INTEGER,
    bucket        INTEGER,
    PRIMARY KEY (mchid, id)
) STRICT;

CREATE UNIQUE INDEX refunds_number ON refunds (mchid, out_refund_no, sub_mchid);
CREATE UNIQUE INDEX refunds_upstream_no ON refunds (mchid, upstream_no);
CREATE INDEX refunds_order ON refunds (mchid, order_id, created_at, id);
CREATE INDEX refunds_created ON refunds (mchid, created_at, id);
CREATE INDEX refunds_state ON refunds (mchid, state, created_at, id);
-- Refunds that have ended are in neither, so that they slow nothing down however many there are.
CREATE INDEX refunds_due ON refunds (mchid, due, id) WHERE due IS NOT NULL;
CREATE INDEX refunds_waiting ON refunds (mchid, pool, class, sub_mchid, bucket, created_at, id) WHERE bucket IS NOT NULL;

CREATE TABLE waiting_totals (
    mchid     TEXT NOT NULL,
    pool      TEXT NOT NULL,
    class     INTEGER NOT NULL,
    sub_mchid TEXT NOT NULL,
    bucket    INTEGER NOT NULL,
    count     INTEGER NOT NULL,
    sum       INTEGER NOT NULL,
    PRIMARY KEY (mchid, pool, class, sub_mchid, bucket)
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
    mchid      TEXT NOT NULL,
    refund_id  TEXT NOT NULL,
    n          INTEGER NOT NULL,
    epoch      INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    cause      TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state   TEXT NOT NULL,
    attempts   INTEGER NOT NULL,
    request_id TEXT,
    answer     TEXT,
    PRIMARY KEY (mchid, refund_id, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE feed (
    mchid     TEXT NOT NULL,
    seq       INTEGER NOT NULL,
    refund_id TEXT NOT NULL,
    n         INTEGER NOT NULL,
    PRIMARY KEY (mchid, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE intake (
    mchid TEXT NOT NULL,
    seq   INTEGER NOT NULL,
    at    INTEGER NOT NULL,
    what  TEXT NOT NULL,
    PRIMARY KEY (mchid, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE notices (
    mchid       TEXT NOT NULL,
    id          TEXT NOT NULL,
    upstream_no TEXT NOT NULL,
    at          INTEGER NOT NULL,
    raw         BLOB NOT NULL,
    PRIMARY KEY (mchid, id)
) STRICT;

CREATE TABLE pool_days (
    mchid        TEXT NOT NULL,
    day          TEXT NOT NULL,
    pool         TEXT NOT NULL,
    confirmed    INTEGER NOT NULL,
    reported     INTEGER NOT NULL,
    accepted     INTEGER NOT NULL,
    returned     INTEGER NOT NULL,
    ceiling_room INTEGER,
    ceiling_at   INTEGER,
    PRIMARY KEY (mchid, day, pool)
) STRICT, WITHOUT ROWID;

CREATE TABLE secrets (
    mchid   TEXT NOT NULL,
    name    TEXT NOT NULL,
    version INTEGER NOT NULL,
    key_id  TEXT NOT NULL,
    sealed  BLOB NOT NULL,
    PRIMARY KEY (mchid, name, version)
) STRICT;

-- Found by the hash alone: whose key it is, is what the question is about.
CREATE TABLE api_keys (
    hash      BLOB NOT NULL PRIMARY KEY,
    mchid     TEXT NOT NULL,
    sub_mchid TEXT NOT NULL,
    scopes    TEXT NOT NULL,
    not_after INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    mchid    TEXT NOT NULL,
    n        INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    action   TEXT NOT NULL,
    detail   TEXT NOT NULL,
    previous BLOB NOT NULL,
    hash     BLOB NOT NULL,
    PRIMARY KEY (mchid, n)
) STRICT, WITHOUT ROWID;
