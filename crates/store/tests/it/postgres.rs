//! What only a store on a server can do: be shared by nodes, be in one another's way, be opened twice at once.

use std::collections::BTreeSet;

use refunds::intake::Admission;
use store::postgres::{Isolation, PostgresStore, PostgresUrl};
use store::{CommitError, Store, StoreError};
use throwaway_postgres::shared;

use crate::sqlite::together;
use crate::world::{Place, admitted, batch, by_number, direct, new_refund, noon, released, run, set_up};

/// The address of a database of its own with the tables in it.
pub(crate) fn database() -> String {
    let made = shared().database_like("template_of_stores", |empty| {
        PostgresStore::open(&PostgresUrl::parse(empty).unwrap()).unwrap();
    });
    made.unwrap()
}

/// A node at the database with this address.
pub(crate) fn node(address: &str, isolation: Isolation) -> PostgresStore {
    let url = PostgresUrl::parse(&format!("{address}?connections=3")).unwrap();
    PostgresStore::open(&url.isolated(isolation)).unwrap()
}

/// A store in a database of its own.
pub(crate) fn open(isolation: Isolation) -> PostgresStore {
    node(&database(), isolation)
}

/// Lets two nodes at one database do something at the same time.
fn at_both<T: Send>(nodes: &[PostgresStore; 2], deed: impl Fn(&PostgresStore) -> T + Sync) -> [T; 2] {
    let [one, other] = nodes;
    std::thread::scope(|scope| {
        let elsewhere = scope.spawn(|| deed(other));
        [deed(one), elsewhere.join().unwrap()]
    })
}

#[test]
fn a_number_that_two_nodes_take_in_at_once_is_one_refund() {
    for isolation in [Isolation::ReadCommitted, Isolation::Serializable] {
        let address = database();
        let nodes = [node(&address, isolation), node(&address, isolation)];
        run(set_up(&nodes[0]));
        let admitted = at_both(&nodes, |node| {
            let is_new = |n| {
                let admission = run(node.admit(new_refund(n))).unwrap().admission;
                assert!(matches!(admission, Admission::Admitted { .. } | Admission::Replay), "{admission:?}");
                usize::from(admission != Admission::Replay)
            };
            (1..=20).map(is_new).sum::<usize>()
        });
        assert_eq!(admitted[0] + admitted[1], 20);
        run(async {
            assert_eq!(nodes[0].counts(&direct()).await.unwrap().get("queued"), Some(&20));
            let order = nodes[1].order(&direct(), None, &by_number("T1")).await.unwrap().unwrap().order;
            assert_eq!((order.reserved, order.reserved_count), (20 * 300, 20));
            assert_eq!(nodes[1].intake(&direct(), 100).await.unwrap().items.len(), 20);
        });
    }
}

#[test]
fn a_refund_that_was_found_is_completed_by_one_of_two_nodes() {
    for isolation in [Isolation::ReadCommitted, Isolation::Serializable] {
        let address = database();
        let nodes = [node(&address, isolation), node(&address, isolation)];
        run(set_up(&nodes[0]));
        for n in 1..=20 {
            let mut found = new_refund(n);
            found.request.found = true;
            run(admitted(&nodes[0], found));
        }
        let together = std::sync::Barrier::new(2);
        let completed = at_both(&nodes, |node| {
            let mut completed = vec![];
            for n in 1..=20 {
                together.wait();
                let mut asked = new_refund(n);
                // Each has notes of its own.
                asked.request.metadata = Some(format!("{node:p}"));
                match run(node.admit(asked.clone())).unwrap().admission {
                    Admission::Completed => completed.push(asked),
                    Admission::Conflict(differences) => assert_eq!(differences[0].field, "metadata"),
                    admission => panic!("{admission:?}"),
                }
            }
            completed
        });
        assert_eq!(completed[0].len() + completed[1].len(), 20);
        for asked in completed.concat() {
            let stored = run(nodes[0].request(&asked.key)).unwrap();
            assert_eq!(stored, Some(asked.request), "the other one saw that it was completed");
        }
    }
}

#[test]
fn a_node_that_takes_over_fences_the_one_before() {
    let address = database();
    let nodes = [node(&address, Isolation::ReadCommitted), node(&address, Isolation::ReadCommitted)];
    run(async {
        set_up(&nodes[0]).await;
        let refund = admitted(&nodes[0], new_refund(1)).await;
        let before = nodes[0].take_ownership(&direct(), "one").await.unwrap();
        let after = nodes[1].take_ownership(&direct(), "other").await.unwrap();
        assert!(after > before);
        let mut decided = batch(&direct(), before);
        decided.changes = vec![released(&refund, noon())];
        assert_eq!(nodes[0].commit(decided.clone()).await, Err(CommitError::Fenced));
        decided.epoch = after;
        assert_eq!(nodes[1].commit(decided).await, Ok(()));
    });
}

#[test]
fn two_nodes_that_open_an_empty_database_at_once_make_its_tables_once() {
    for _ in 0..5 {
        let address = shared().database().unwrap();
        let opened = std::thread::scope(|scope| {
            let opening = [0, 1].map(|_| scope.spawn(|| node(&address, Isolation::ReadCommitted)));
            opening.map(|thread| thread.join().unwrap())
        });
        let new = opened.iter().filter(|node| node.is_new()).count();
        assert_eq!(new, 1);
        run(set_up(&opened[0]));
        assert_eq!(run(opened[1].merchants()).unwrap().len(), 2);
    }
}

#[test]
fn a_database_of_a_newer_program_is_not_touched() {
    let address = database();
    shared().execute(&address, "UPDATE tidegate_schema SET version = 99; DROP TABLE feed").unwrap();
    let error = PostgresStore::open(&PostgresUrl::parse(&address).unwrap()).err();
    assert_eq!(error, Some(StoreError::TooNew { found: 99, known: 11 }));
    let tables =
        shared().execute(&address, "SELECT version, to_regclass('feed') IS NULL FROM tidegate_schema");
    assert_eq!(tables.unwrap(), "99|t");
}

#[test]
fn a_database_that_cannot_hold_every_text_is_refused() {
    let name = "another_encoding";
    let sql = format!("CREATE DATABASE {name} ENCODING 'SQL_ASCII' TEMPLATE template0");
    shared().execute("postgres", &sql).unwrap();
    let error = PostgresStore::open(&PostgresUrl::parse(&shared().url(name)).unwrap()).unwrap_err();
    assert!(error.to_string().contains("UTF8"), "{error}");
    assert_eq!(
        shared().execute(name, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").unwrap(),
        "0"
    );
}

/// Makes every insertion into intake fail with 40001, the first `times` times.
fn get_in_the_way(address: &str, times: u32) {
    let sql = format!(
        "CREATE SEQUENCE tries;
         CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF nextval('tries') <= {times} THEN RAISE EXCEPTION 'in the way' USING ERRCODE = '40001'; END IF;
             RETURN NEW;
         END $$;
         CREATE TRIGGER in_the_way BEFORE INSERT ON intake FOR EACH ROW EXECUTE FUNCTION fail();"
    );
    shared().execute(address, &sql).unwrap();
}

#[test]
fn a_transaction_that_others_are_in_the_way_of_is_done_again() {
    let address = database();
    let store = node(&address, Isolation::ReadCommitted);
    run(set_up(&store));
    get_in_the_way(&address, 3);
    let admissions = (1..=3).map(|n| Box::pin(store.admit(new_refund(n)))).collect();
    for answer in run(together(admissions, || {})) {
        assert!(matches!(answer.unwrap().admission, Admission::Admitted { .. }));
    }
    assert_eq!(run(store.counts(&direct())).unwrap().get("queued"), Some(&3));
}

#[test]
fn a_transaction_that_others_are_always_in_the_way_of_is_given_up() {
    let address = database();
    let store = node(&address, Isolation::ReadCommitted);
    run(set_up(&store));
    get_in_the_way(&address, u32::MAX);
    let answer = run(store.admit(new_refund(1)));
    assert!(matches!(answer, Err(StoreError::Busy { .. })), "{answer:?}");
    assert_eq!(run(store.refund(&new_refund(1).key)), Ok(None));
}

#[test]
fn commands_that_wait_together_share_transactions() {
    let store = open(Isolation::ReadCommitted);
    run(set_up(&store));
    let before = store.written();
    let admissions = (1..=200)
        .map(|n| {
            let mut new = new_refund(n);
            new.request.order = by_number(&format!("T{n}"));
            Box::pin(store.admit(new))
        })
        .collect();
    let answers = run(together(admissions, || {}));
    assert!(answers.iter().all(Result::is_ok));
    let after = store.written();
    assert_eq!(after.answers - before.answers, 200);
    assert!(after.commits - before.commits < 20, "{before:?} {after:?}");
}

#[test]
fn a_command_that_is_refused_does_not_disturb_those_it_shares_a_transaction_with() {
    let store = open(Isolation::ReadCommitted);
    run(set_up(&store));
    let alone = |n: u64| {
        let mut new = new_refund(n);
        new.request.order = by_number(&format!("T{n}"));
        new
    };
    let mut taken = alone(4);
    taken.key = alone(1).key;
    // The first ones keep the line busy, so that the others gather behind them.
    let all = (10..20).map(alone).chain([alone(1), alone(2), alone(2), taken, alone(3)]);
    let admissions = all.map(|new| Box::pin(store.admit(new))).collect();
    let answers = run(together(admissions, || {}));
    let short: Vec<&str> = answers[10..]
        .iter()
        .map(|answer| match answer {
            Ok(answer) if answer.admission == Admission::Replay => "replay",
            Ok(_) => "admitted",
            Err(StoreError::InUse { .. }) => "in use",
            Err(error) => panic!("{error}"),
        })
        .collect();
    assert_eq!(short, ["admitted", "admitted", "replay", "in use", "admitted"]);
    run(async {
        assert_eq!(store.counts(&direct()).await.unwrap().get("queued"), Some(&13));
        assert_eq!(store.order(&direct(), None, &by_number("T4")).await.unwrap(), None);
    });
}

#[test]
fn texts_compare_byte_by_byte_and_no_table_refers_to_another() {
    let address = database();
    let by_language = "SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
                       JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_collation l ON l.oid = a.attcollation \
                       WHERE n.nspname = 'public' AND c.relkind = 'r' AND a.attnum > 0 AND a.attcollation <> 0 \
                       AND l.collname <> 'C'";
    assert_eq!(shared().execute(&address, by_language).unwrap(), "0");
    let foreign = "SELECT count(*) FROM pg_constraint WHERE contype = 'f'";
    assert_eq!(shared().execute(&address, foreign).unwrap(), "0");
}

/// What SQLite's tables have that PostgreSQL's never needed: the histories of migrations before its first.
const SQLITE_ALONE: [&str; 2] = ["refinery_schema_history", "ledger_to_rebuild"];

#[test]
fn both_databases_have_the_same_columns_and_indexes() {
    let place = Place::new();
    drop(place.open());
    let file = rusqlite::Connection::open(place.file()).unwrap();
    let named = |sql: &str| -> BTreeSet<String> {
        let mut names = file.prepare(sql).unwrap();
        names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let mut in_sqlite = named(
        "SELECT t.name || '.' || c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'",
    );
    in_sqlite.retain(|column| !SQLITE_ALONE.iter().any(|table| column.starts_with(table)));
    in_sqlite.extend(named("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"));
    let columns = "SELECT table_name || '.' || column_name FROM information_schema.columns \
                   WHERE table_schema = 'public' AND table_name <> 'tidegate_schema' \
                   UNION SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE '%_pkey'";
    let answer = shared().execute(&database(), columns).unwrap();
    let in_postgres: BTreeSet<String> = answer.lines().map(str::to_owned).collect();
    assert_eq!(in_postgres, in_sqlite);
}

#[test]
fn a_server_that_would_not_wait_for_its_disk_is_told_to() {
    let address = database();
    let name = address.rsplit('/').next().unwrap();
    shared().execute("postgres", &format!("ALTER DATABASE {name} SET synchronous_commit = off")).unwrap();
    let store = node(&address, Isolation::ReadCommitted);
    run(set_up(&store));
    let sql = "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             NEW.value = convert_to(current_setting('synchronous_commit'), 'UTF8'); RETURN NEW;
         END $$;
         CREATE TRIGGER noted BEFORE INSERT ON settings FOR EACH ROW EXECUTE FUNCTION note();";
    shared().execute(&address, sql).unwrap();
    run(store.put_setting("commits", b"")).unwrap();
    assert_eq!(run(store.setting("commits")), Ok(Some(b"on".to_vec())));
}
