//! Dividing the tables among the servers of a distributed PostgreSQL, each merchant id whole on one of them.
//!
//! Every key begins with the merchant id and every transaction is about one, so nothing else has to change: the same
//! statements run, each on the one server that has the merchant id. What belongs to no merchant id is small and stays on
//! the server that the gateways are connected to.

use std::fmt::Write as _;

use super::schema;

/// Where a table's rows lie on a divided database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lies {
    /// On the server that has the merchant id in the column `mchid`.
    WithItsMchid,
    /// All on the server that gateways are connected to.
    WhereGatewaysConnect,
}

/// All tables of the newest schema; the first is the one that the others lie beside.
pub const TABLES: [(&str, Lies); 21] = [
    ("ownership", Lies::WithItsMchid),
    ("merchants", Lies::WithItsMchid),
    ("sub_merchants", Lies::WithItsMchid),
    ("api_hosts", Lies::WithItsMchid),
    ("orders", Lies::WithItsMchid),
    ("refunds", Lies::WithItsMchid),
    ("state_totals", Lies::WithItsMchid),
    ("waiting_totals", Lies::WithItsMchid),
    ("journal", Lies::WithItsMchid),
    ("feed", Lies::WithItsMchid),
    ("intake", Lies::WithItsMchid),
    ("notices", Lies::WithItsMchid),
    ("pool_days", Lies::WithItsMchid),
    ("past_days", Lies::WithItsMchid),
    ("ledger_days", Lies::WithItsMchid),
    ("contributions", Lies::WithItsMchid),
    ("secrets", Lies::WithItsMchid),
    ("audit", Lies::WithItsMchid),
    ("api_keys", Lies::WhereGatewaysConnect),
    ("settings", Lies::WhereGatewaysConnect),
    ("nodes", Lies::WhereGatewaysConnect),
];

/// The statements that divide the tables of the newest schema with Citus, to be carried out once, as a whole, on the
/// server that gateways connect to.
///
/// All tables lie beside the first, so that what is about one merchant id is on one server. Written for Citus 11 and
/// later by its documents; it was never carried out by Citus itself.
pub fn citus() -> String {
    let mut script = format!(
        "-- Tidegate's tables, schema {}, divided by merchant id with Citus. Carry it out once, with psql, on the server that\n\
         -- the gateways connect to, after `tidegate store migrate` and while no gateway runs.\n\
         CREATE EXTENSION IF NOT EXISTS citus;\n\
         BEGIN;\n\
         -- Each table waits for the one before.\n\
         SET LOCAL citus.multi_shard_modify_mode TO 'sequential';\n",
        schema::newest()
    );
    let mut beside = "none";
    for (table, _) in TABLES.iter().filter(|(_, lies)| *lies == Lies::WithItsMchid) {
        // Writing to a String cannot fail.
        let _ = writeln!(
            script,
            "SELECT create_distributed_table('{table}', 'mchid', colocate_with => '{beside}');"
        );
        beside = TABLES[0].0;
    }
    script.push_str("COMMIT;\n");
    let whole: Vec<&str> = TABLES
        .iter()
        .filter(|(_, lies)| *lies == Lies::WhereGatewaysConnect)
        .map(|(table, _)| *table)
        .collect();
    let _ = writeln!(script, "-- As they are: {}, {}.", whole.join(", "), schema::TABLE);
    script
}
