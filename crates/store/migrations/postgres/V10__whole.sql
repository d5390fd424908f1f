-- The whole schema, as of the tenth that SQLite's store has. From here on both are numbered alike.
--
-- Several nodes share the database, and one of them may run an older program for a while. So a migration only adds: tables, and
-- columns that are nullable or have a default, which an older program neither reads nor has to write. What becomes
-- useless is taken away no sooner than with the migration after the next.
--
-- Every key begins with the merchant id, and nothing refers across merchant ids, so that the tables can be divided by
-- merchant id among servers. `api_keys`, `settings`, `nodes` and `tidegate_schema` belong to no merchant id: on
-- a divided database they stay on the server that is connected to.
--
-- Keys of refunds and orders are stored without the merchant id: the last 26 characters. Instants are microseconds
-- after 1970. No sub-merchant is the empty text, so that it is unique like any other. Columns named `what`, `life`,
-- `facts`, `asked`, `told` and `curve` hold documents of JSON that bear the version of their form. Texts compare byte
-- by byte, as they do in SQLite, whatever the language of the database.

CREATE TABLE merchants (
    mchid               TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    mode                TEXT COLLATE "C" NOT NULL,
    number_form         TEXT COLLATE "C" NOT NULL,
    settlement_currency TEXT COLLATE "C" NOT NULL,
    wire                TEXT COLLATE "C" NOT NULL,
    region              TEXT COLLATE "C" NOT NULL,
    appid               TEXT COLLATE "C" NOT NULL,
    is_sandbox          BOOLEAN NOT NULL,
    paused              BOOLEAN NOT NULL DEFAULT FALSE,
    halt_fault          TEXT COLLATE "C",
    halt_since          BIGINT,
    last_intake         BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE sub_merchants (
    mchid     TEXT COLLATE "C" NOT NULL,
    sub_mchid TEXT COLLATE "C" NOT NULL,
    -- What its share of a pool counts for, in per cent of what is usual.
    weight    BIGINT NOT NULL DEFAULT 100,
    PRIMARY KEY (mchid, sub_mchid)
);

-- Base URLs, the first of which is used.
CREATE TABLE api_hosts (
    mchid TEXT COLLATE "C" NOT NULL,
    n     BIGINT NOT NULL,
    url   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (mchid, n)
);

-- Whoever writes for a merchant id locks its row first.
CREATE TABLE ownership (
    mchid    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    node     TEXT COLLATE "C" NOT NULL,
    epoch    BIGINT NOT NULL,
    feed_seq BIGINT NOT NULL,
    -- Counts what was changed about how the merchant id is set up, so that other nodes see that they know an older one.
    set_up   BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE orders (
    mchid          TEXT COLLATE "C" NOT NULL,
    id             TEXT COLLATE "C" NOT NULL,
    sub_mchid      TEXT COLLATE "C" NOT NULL,
    out_trade_no   TEXT COLLATE "C",
    transaction_id TEXT COLLATE "C",
    facts          TEXT COLLATE "C" NOT NULL,
    reserved       BIGINT NOT NULL,
    reserved_count BIGINT NOT NULL,
    accepted       BIGINT NOT NULL,
    accepted_payer BIGINT NOT NULL,
    last_request   BIGINT,
    last_number    TEXT COLLATE "C",
    merged_into    TEXT COLLATE "C",
    version        BIGINT NOT NULL,
    -- Told by `facts` as well: a column of its own is what an index can be made of.
    paid_at        BIGINT,
    PRIMARY KEY (mchid, id)
);

CREATE UNIQUE INDEX orders_out_trade_no ON orders (mchid, out_trade_no, sub_mchid) WHERE out_trade_no IS NOT NULL;
CREATE UNIQUE INDEX orders_transaction_id ON orders (mchid, transaction_id, sub_mchid) WHERE transaction_id IS NOT NULL;
-- A row that was taken over is left out: its payment is the survivor's.
CREATE INDEX orders_paid_at ON orders (mchid, paid_at, id) WHERE paid_at IS NOT NULL AND merged_into IS NULL;

-- From `upstream_no` to `asked` everything is written once. An order's refunds move when its row is taken over.
CREATE TABLE refunds (
    mchid         TEXT COLLATE "C" NOT NULL,
    id            TEXT COLLATE "C" NOT NULL,
    sub_mchid     TEXT COLLATE "C" NOT NULL,
    out_refund_no TEXT COLLATE "C" NOT NULL,
    upstream_no   TEXT COLLATE "C" NOT NULL,
    amount        BIGINT NOT NULL,
    currency      TEXT COLLATE "C" NOT NULL,
    created_at    BIGINT NOT NULL,
    deadline      BIGINT,
    class         BIGINT NOT NULL,
    request       BYTEA NOT NULL,
    wire          TEXT COLLATE "C" NOT NULL,
    asked         TEXT COLLATE "C" NOT NULL,
    order_id      TEXT COLLATE "C" NOT NULL,
    pool          TEXT COLLATE "C" NOT NULL,
    need_low      BIGINT NOT NULL,
    need_best     BIGINT NOT NULL,
    need_high     BIGINT NOT NULL,
    need_source   TEXT COLLATE "C" NOT NULL,
    state         TEXT COLLATE "C" NOT NULL,
    life          TEXT COLLATE "C" NOT NULL,
    version       BIGINT NOT NULL,
    due           BIGINT,
    bucket        BIGINT,
    PRIMARY KEY (mchid, id)
);

CREATE UNIQUE INDEX refunds_number ON refunds (mchid, out_refund_no, sub_mchid);
CREATE UNIQUE INDEX refunds_upstream_no ON refunds (mchid, upstream_no);
CREATE INDEX refunds_order ON refunds (mchid, order_id, created_at, id);
CREATE INDEX refunds_created ON refunds (mchid, created_at, id);
CREATE INDEX refunds_state ON refunds (mchid, state, created_at, id);
-- What one sub-merchant sees. A direct merchant has no sub-merchant, and its own list of all its refunds.
CREATE INDEX refunds_sub_mchid ON refunds (mchid, sub_mchid, created_at, id) WHERE sub_mchid <> '';
-- Refunds that have ended are in neither, so that they slow nothing down however many there are.
CREATE INDEX refunds_due ON refunds (mchid, due, id) WHERE due IS NOT NULL;
CREATE INDEX refunds_waiting ON refunds (mchid, pool, class, sub_mchid, bucket, created_at, id) WHERE bucket IS NOT NULL;

-- How many refunds are in which state; one without refunds may be there, with 0.
CREATE TABLE state_totals (
    mchid TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (mchid, state)
);

CREATE TABLE waiting_totals (
    mchid     TEXT COLLATE "C" NOT NULL,
    pool      TEXT COLLATE "C" NOT NULL,
    class     BIGINT NOT NULL,
    sub_mchid TEXT COLLATE "C" NOT NULL,
    bucket    BIGINT NOT NULL,
    count     BIGINT NOT NULL,
    sum       BIGINT NOT NULL,
    PRIMARY KEY (mchid, pool, class, sub_mchid, bucket)
);

CREATE TABLE journal (
    mchid       TEXT COLLATE "C" NOT NULL,
    refund_id   TEXT COLLATE "C" NOT NULL,
    n           BIGINT NOT NULL,
    epoch       BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    cause       TEXT COLLATE "C" NOT NULL,
    from_state  TEXT COLLATE "C" NOT NULL,
    to_state    TEXT COLLATE "C" NOT NULL,
    attempts    BIGINT NOT NULL,
    request_id  TEXT COLLATE "C",
    answer      TEXT COLLATE "C",
    certificate TEXT COLLATE "C",
    PRIMARY KEY (mchid, refund_id, n)
);

CREATE TABLE feed (
    mchid     TEXT COLLATE "C" NOT NULL,
    seq       BIGINT NOT NULL,
    refund_id TEXT COLLATE "C" NOT NULL,
    n         BIGINT NOT NULL,
    PRIMARY KEY (mchid, seq)
);

CREATE TABLE intake (
    mchid TEXT COLLATE "C" NOT NULL,
    seq   BIGINT NOT NULL,
    at    BIGINT NOT NULL,
    what  TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (mchid, seq)
);

CREATE TABLE notices (
    mchid       TEXT COLLATE "C" NOT NULL,
    id          TEXT COLLATE "C" NOT NULL,
    upstream_no TEXT COLLATE "C" NOT NULL,
    at          BIGINT NOT NULL,
    raw         BYTEA NOT NULL,
    PRIMARY KEY (mchid, id)
);

CREATE INDEX notices_upstream_no ON notices (mchid, upstream_no, at, id);

-- Seconds end in `_s` and are those after midnight in China.
CREATE TABLE pool_days (
    mchid           TEXT COLLATE "C" NOT NULL,
    day             TEXT COLLATE "C" NOT NULL,
    pool            TEXT COLLATE "C" NOT NULL,
    confirmed       BIGINT NOT NULL,
    reported        BIGINT NOT NULL,
    accepted        BIGINT NOT NULL,
    returned        BIGINT NOT NULL,
    told            TEXT COLLATE "C" NOT NULL,
    promises_kept   BIGINT NOT NULL,
    promises_broken BIGINT NOT NULL,
    night_drawn     BIGINT NOT NULL,
    refundable_at_s BIGINT,
    gone_at_s       BIGINT,
    refusals_spent  BIGINT NOT NULL,
    hours_waited    BIGINT NOT NULL,
    kept_for        TEXT COLLATE "C",
    PRIMARY KEY (mchid, day, pool)
);

-- By statements or reports; what our own refunds did on the day is in pool_days.
CREATE TABLE past_days (
    mchid    TEXT COLLATE "C" NOT NULL,
    pool     TEXT COLLATE "C" NOT NULL,
    day      TEXT COLLATE "C" NOT NULL,
    refunded BIGINT NOT NULL,
    source   TEXT COLLATE "C" NOT NULL,
    curve    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (mchid, pool, day)
);

-- Sums of movements, changed by what each batch posts. Orders and refunds say the same when they are counted anew.
CREATE TABLE ledger_days (
    mchid     TEXT COLLATE "C" NOT NULL,
    pool      TEXT COLLATE "C" NOT NULL,
    day       TEXT COLLATE "C" NOT NULL,
    paid      BIGINT NOT NULL,
    accepted  BIGINT NOT NULL,
    succeeded BIGINT NOT NULL,
    returned  BIGINT NOT NULL,
    PRIMARY KEY (mchid, pool, day)
);

-- An empty sub_mchid is a directly connected merchant itself. Amounts are in minor units of the pool's currency.
CREATE TABLE contributions (
    mchid          TEXT COLLATE "C" NOT NULL,
    pool           TEXT COLLATE "C" NOT NULL,
    sub_mchid      TEXT COLLATE "C" NOT NULL,
    judged         BIGINT NOT NULL,
    confirmed      BIGINT NOT NULL,
    unchecked      BIGINT NOT NULL,
    day            TEXT COLLATE "C" NOT NULL,
    brought        BIGINT NOT NULL,
    brought_before BIGINT NOT NULL,
    PRIMARY KEY (mchid, pool, sub_mchid)
);

CREATE TABLE secrets (
    mchid   TEXT COLLATE "C" NOT NULL,
    name    TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    key_id  TEXT COLLATE "C" NOT NULL,
    sealed  BYTEA NOT NULL,
    PRIMARY KEY (mchid, name, version)
);

CREATE TABLE audit (
    mchid    TEXT COLLATE "C" NOT NULL,
    n        BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    actor    TEXT COLLATE "C" NOT NULL,
    action   TEXT COLLATE "C" NOT NULL,
    detail   TEXT COLLATE "C" NOT NULL,
    previous BYTEA NOT NULL,
    hash     BYTEA NOT NULL,
    PRIMARY KEY (mchid, n)
);

-- Found by the hash alone: whose key it is, is what the question is about. The operator's keys have the empty text as
-- merchant id.
CREATE TABLE api_keys (
    hash       BYTEA NOT NULL PRIMARY KEY,
    name       TEXT COLLATE "C" NOT NULL,
    mchid      TEXT COLLATE "C" NOT NULL,
    sub_mchid  TEXT COLLATE "C" NOT NULL,
    scopes     TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    not_after  BIGINT
);

CREATE INDEX api_keys_mchid ON api_keys (mchid, created_at, hash);

-- Of the whole installation: no merchant id.
CREATE TABLE settings (
    name  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value BYTEA NOT NULL
);

-- The processes that drive owners. There are few.
CREATE TABLE nodes (
    id        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name      TEXT COLLATE "C" NOT NULL,
    version   TEXT COLLATE "C" NOT NULL,
    draining  BOOLEAN NOT NULL,
    joined_at BIGINT NOT NULL,
    heard_at  BIGINT NOT NULL
);
