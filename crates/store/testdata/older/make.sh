#!/usr/bin/env bash
# Makes V10.sql: what a gateway of the tenth schema leaves in its SQLite file, as `sqlite3 .dump` writes it; and V10.postgres.sql: what it
# leaves in the empty PostgreSQL database at ADDRESS, as `pg_dump` writes it. To be run with the program of that version, once; a later
# schema gets a script's run of its own, and the files before stay as they are.
#
#   make.sh TIDEGATE V10.sql
#   make.sh TIDEGATE V10.postgres.sql ADDRESS
#
# Nothing secret is kept: sealed keys, keys of the API and notifications are left out.
set -euo pipefail
tidegate=$(realpath "$1")
out=$(realpath -m "$2")
store=${3:-sqlite:store.db}
work=$(mktemp -d)
cd "$work"
cleanup() {
    kill "$sandbox" 2>/dev/null && wait "$sandbox" 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT

any=127.0.0.1:0
"$tidegate" sandbox --data sandbox --listen $any --mtls-listen $any --control $any --seed 1 --clock virtual >/dev/null 2>&1 &
sandbox=$!
until [ -s sandbox/world.json ]; do sleep 0.1; done
serve() {
    rm -f sandbox/gateway.json
    "$tidegate" serve --sandbox sandbox --store "$store" --listen $any >gateway.log 2>&1 &
    gateway=$!
    until [ -s sandbox/gateway.json ]; do sleep 0.1; done
}
world() { python3 -c "import json; w = json.load(open('sandbox/world.json')); print($1)"; }
keys() { python3 -c "import json; g = json.load(open('sandbox/gateway.json')); print($1)"; }
control=$(world "w['control']")
mchid=$(world "next(m['mchid'] for m in w['merchants'] if m['mode'] == 'direct')")
control() { curl -fsS "$control/control/$1" -d "$2" >/dev/null; }
refund() {
    curl -fsS -X POST "$(keys "g['url']")/v1/refunds" -H "Authorization: Bearer $(keys "g['keys']['$mchid']")" \
        -H 'Content-Type: application/json' \
        -d "{\"out_refund_no\":\"$1\",\"out_trade_no\":\"$2\",\"amount\":{\"refund\":3000,\"total\":10000,\"currency\":\"CNY\"}}" >/dev/null
}

serve
for order in T1 T2 T3 T4; do
    control payments "{\"mchid\":\"$mchid\",\"out_trade_no\":\"$order\",\"amount\":{\"total\":10000,\"currency\":\"CNY\"},\"bank_type\":\"CFT\"}"
done
# One has ended, one is on its way to a bank, one was cut off, and one waits for money on the day after.
refund R1 T1
control clock '{"advance":"PT1H"}'
control faults '{"call":"refund_submit","fault":"cut_after_commit","times":1}'
control faults '{"call":"refund_query","fault":"cut_before_commit"}'
refund R2 T2
control clock '{"advance":"PT1M"}'
control clock '{"advance":"P1D"}'
refund R3 T3
control clock '{"advance":"PT1M"}'
refund R4 T4
# An orderly end would look at the last one first.
kill -9 "$gateway"
wait "$gateway" 2>/dev/null || true

secret="DELETE FROM secrets; DELETE FROM api_keys; DELETE FROM notices; DELETE FROM audit; DELETE FROM settings; DELETE FROM nodes;"
case $store in
sqlite:*)
    sqlite3 store.db "$secret PRAGMA wal_checkpoint(TRUNCATE);" >/dev/null
    {
        sqlite3 store.db .dump
        echo "PRAGMA application_id = $(sqlite3 store.db 'PRAGMA application_id');"
        echo "PRAGMA user_version = $(sqlite3 store.db 'PRAGMA user_version');"
    } >"$out"
    ;;
*)
    psql -q -d "$store" -c "$secret"
    # Without the commands to psql and the settings of a session, so that any client can say it.
    pg_dump --no-owner --rows-per-insert=100 -d "$store" | grep -vE '^(\\|SET |SELECT |--|$)' >"$out"
    ;;
esac
