//! That the tables can be divided by merchant id: what the catalogue says, what every statement says, and what divides them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use store::postgres::PostgresStore;
use store::postgres::distribution::{Lies, TABLES, citus};
use throwaway_postgres::shared;

use crate::postgres::database;

/// What reads lists of all merchant ids: of what is set up, and of who owns what.
const OF_ALL: [&str; 4] = ["merchants", "sub_merchants", "api_hosts", "ownership"];

/// Looks at every statement the store has prepared.
pub(crate) fn each_statement_is_about_one_merchant_id(store: &PostgresStore) {
    record(store);
    for statement in store.statements() {
        if let Err(why) = is_about_one(&statement) {
            panic!("{why}: {statement}");
        }
    }
}

/// Adds the statements the store has prepared to the file that `TIDEGATE_STATEMENTS` names, one a line, so that a later version can be
/// asked whether they still work; see `older`.
fn record(store: &PostgresStore) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let Some(file) = std::env::var_os("TIDEGATE_STATEMENTS") else { return };
    let _alone = ONE_AT_A_TIME.lock();
    let known = std::fs::read_to_string(&file).unwrap_or_default();
    let mut all: BTreeSet<String> = known.lines().map(str::to_owned).collect();
    let one_line = |statement: String| statement.split_whitespace().collect::<Vec<_>>().join(" ");
    all.extend(store.statements().into_iter().map(one_line));
    std::fs::write(&file, all.into_iter().map(|line| line + "\n").collect::<String>()).unwrap();
}

/// Whether a server of a divided database can carry out the statement alone.
fn is_about_one(statement: &str) -> Result<(), &'static str> {
    let lies: BTreeMap<&str, Lies> = TABLES.into();
    let words: Vec<&str> = statement
        .split(|c: char| !(c.is_alphanumeric() || "_.$=".contains(c)))
        .filter(|w| !w.is_empty())
        .collect();
    let follows = |before: &&[&str]| ["FROM", "JOIN", "INTO", "UPDATE"].contains(&before[0]);
    let named: Vec<&str> = words
        .windows(2)
        .filter(follows)
        .map(|pair| pair[1])
        .filter(|table| lies.contains_key(table))
        .collect();
    let divided = named.iter().filter(|table| lies[*table] == Lies::WithItsMchid).count();
    if divided == 0 {
        return Ok(());
    }
    if divided < named.len() {
        return Err("tables that lie apart stand together");
    }
    let order = words.iter().position(|word| *word == "ORDER").map_or(&[][..], |at| &words[at..]);
    if words[0] == "SELECT"
        && named.iter().all(|table| OF_ALL.contains(table))
        && order.starts_with(&["ORDER", "BY", "mchid"])
    {
        return Ok(());
    }
    let is_mchid = |word: &str| word == "mchid" || word.ends_with(".mchid");
    let compared: Vec<&str> = words
        .windows(3)
        .filter(|three| is_mchid(three[0]) && three[1] == "=")
        .map(|three| three[2])
        .collect();
    // A parameter's own number tells that it is the same one.
    let mut given: Vec<&str> = compared.iter().copied().filter(|with| with.starts_with('$')).collect();
    let given_for = given.len();
    given.dedup();
    let joined = compared.iter().filter(|with| is_mchid(with)).count();
    let is_insert = words[0] == "INSERT";
    if is_insert && words.get(3) != Some(&"mchid") {
        return Err("a row without a merchant id");
    }
    let asked = divided - usize::from(is_insert);
    match given.len() {
        _ if asked == 0 => Ok(()),
        _ if is_insert && words.contains(&"VALUES") => Err("a question among values"),
        1 if given_for + joined >= asked => Ok(()),
        1 => Err("a table without its merchant id"),
        _ => Err("no merchant id, or several"),
    }
}

#[test]
fn a_statement_that_crosses_merchant_ids_is_found() {
    for (statement, is_well) in [
        ("SELECT id FROM refunds WHERE mchid = $1 AND id = $2", true),
        ("SELECT id FROM refunds WHERE id = $1", false),
        ("SELECT r.id FROM refunds r JOIN orders o ON o.mchid = r.mchid WHERE r.mchid = $1", true),
        ("SELECT r.id FROM refunds r JOIN orders o ON o.id = r.order_id WHERE r.mchid = $1", false),
        ("SELECT id FROM refunds WHERE mchid = $1 UNION SELECT id FROM orders WHERE mchid = $2", false),
        ("SELECT n.id FROM nodes n JOIN ownership o ON o.node = n.id WHERE o.mchid = $1", false),
        ("SELECT mchid, node FROM ownership ORDER BY mchid", true),
        ("SELECT mchid, id FROM refunds ORDER BY mchid", false),
        ("UPDATE ownership SET node = $1 WHERE node = $2", false),
        ("UPDATE ownership SET node = $1 WHERE mchid = $2", true),
        ("DELETE FROM intake WHERE mchid = $1 AND seq <= $2", true),
        ("DELETE FROM intake WHERE seq <= $1", false),
        ("INSERT INTO feed (mchid, seq) VALUES ($1, $2)", true),
        ("INSERT INTO feed (seq) VALUES ($1)", false),
        ("INSERT INTO intake (mchid, seq) SELECT mchid, last_intake FROM merchants WHERE mchid = $1", true),
        ("INSERT INTO intake (mchid, seq) SELECT mchid, last_intake FROM merchants", false),
        (
            "INSERT INTO intake (mchid, seq) VALUES ($1, (SELECT last_intake FROM merchants WHERE mchid = $1))",
            false,
        ),
        ("DELETE FROM nodes WHERE id = $1", true),
    ] {
        assert_eq!(is_about_one(statement).is_ok(), is_well, "{statement}");
    }
}

#[test]
fn every_table_lies_somewhere_and_every_key_of_those_divided_begins_with_the_merchant_id() {
    let address = database();
    let tables = "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                  WHERE n.nspname = 'public' AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f') ORDER BY relname COLLATE \"C\"";
    let found = shared().execute(&address, tables).unwrap();
    let mut known: Vec<&str> = TABLES.iter().map(|(table, _)| *table).chain(["tidegate_schema"]).collect();
    known.sort_unstable();
    assert_eq!(found.lines().collect::<Vec<_>>(), known);
    let keys = "SELECT DISTINCT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid \
                JOIN pg_namespace n ON n.oid = c.relnamespace \
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] \
                WHERE n.nspname = 'public' AND a.attname <> 'mchid' ORDER BY 1";
    let others = shared().execute(&address, keys).unwrap();
    for table in others.lines() {
        let lies = TABLES.iter().find(|(name, _)| *name == table).map(|(_, lies)| *lies);
        assert_ne!(lies, Some(Lies::WithItsMchid), "{table}");
    }
}

/// Stands for Citus in a server that has none: does what `create_distributed_table` is documented to check, and notes it.
const STAND_IN: &str = "
CREATE TABLE divided (name TEXT PRIMARY KEY, beside TEXT NOT NULL);
CREATE FUNCTION create_distributed_table(which regclass, by text, colocate_with text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_index i WHERE i.indrelid = which AND i.indisunique AND NOT EXISTS (
            SELECT FROM pg_attribute a WHERE a.attrelid = which AND a.attname = by AND a.attnum = ANY (i.indkey)))
    THEN RAISE 'a unique key of % lacks %', which, by; END IF;
    IF EXISTS (SELECT FROM pg_constraint WHERE conrelid = which AND contype = 'f')
    THEN RAISE '% refers to another table', which; END IF;
    IF colocate_with <> 'none' AND NOT EXISTS (
        SELECT FROM divided d JOIN pg_attribute a ON a.attrelid = d.name::regclass AND a.attname = by
        JOIN pg_attribute b ON b.attrelid = which AND b.attname = by
        WHERE d.name = colocate_with AND a.atttypid = b.atttypid AND a.attcollation = b.attcollation)
    THEN RAISE '% cannot lie beside %', which, colocate_with; END IF;
    INSERT INTO divided VALUES (which::text, colocate_with);
END $$;";

#[test]
fn what_divides_the_tables_names_each_of_them_once_as_citus_asks() {
    let address = database();
    shared().execute(&address, STAND_IN).unwrap();
    let script = citus();
    let extension = "CREATE EXTENSION IF NOT EXISTS citus;\n";
    assert!(script.contains(extension), "{script}");
    shared().execute(&address, &script.replace(extension, "")).unwrap();
    let told = shared().execute(&address, "SELECT name FROM divided WHERE beside = 'none'").unwrap();
    assert_eq!(told.trim(), "ownership");
    let told = shared().execute(&address, "SELECT name FROM divided ORDER BY name COLLATE \"C\"").unwrap();
    let mut divided: Vec<&str> =
        TABLES.iter().filter(|(_, lies)| *lies == Lies::WithItsMchid).map(|(table, _)| *table).collect();
    divided.sort_unstable();
    assert_eq!(told.lines().collect::<Vec<_>>(), divided);
}
