-- What the gateway needs: how WeChat Pay is called for a merchant id, names of keys, settings of the installation.

PRAGMA user_version = 2;

-- A merchant id that was set up before has no app id. WeChat Pay refuses this one by name until it is set up anew.
ALTER TABLE merchants ADD COLUMN region TEXT NOT NULL DEFAULT 'global';
ALTER TABLE merchants ADD COLUMN appid TEXT NOT NULL DEFAULT 'unset';
ALTER TABLE merchants ADD COLUMN is_sandbox INTEGER NOT NULL DEFAULT 0;

-- Base URLs, the first of which is used.
CREATE TABLE api_hosts (
    mchid TEXT NOT NULL,
    n     INTEGER NOT NULL,
    url   TEXT NOT NULL,
    PRIMARY KEY (mchid, n)
) STRICT, WITHOUT ROWID;

-- The operator's keys have the empty text as merchant id.
ALTER TABLE api_keys ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX api_keys_mchid ON api_keys (mchid, created_at, hash);

-- Of the whole installation: no merchant id.
CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX notices_upstream_no ON notices (mchid, upstream_no, at, id);

-- What one sub-merchant sees. A direct merchant has no sub-merchant, and its own list of all its refunds.
CREATE INDEX refunds_sub_mchid ON refunds (mchid, sub_mchid, created_at, id) WHERE sub_mchid <> '';

-- How many refunds are in which state; one without refunds may be there, with 0.
CREATE TABLE state_totals (
    mchid TEXT NOT NULL,
    state TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (mchid, state)
) STRICT, WITHOUT ROWID;

INSERT INTO state_totals (mchid, state, count) SELECT mchid, state, count(*) FROM refunds GROUP BY mchid, state;
