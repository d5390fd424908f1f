//! A store that a gateway of an earlier version left: the gateway of today brings it up to date and goes on with it.
//!
//! `crates/store/testdata/older` has what was left, and the script that made it. Nothing sealed is in there. So it gets a keyset here, and the
//! mark by which a store knows its own; the merchants' credentials are taken over from the sandbox, as those that it made anew are.

use std::fs;
use std::path::Path;

use gateway::admin::init::keyset_of_new_store;
use gateway::sandbox_link::keyset;
use gateway::secrets::canary;
use rusqlite::Connection;
use serde_json::json;
use store::contract::Store;
use store::memory::MemoryStore;
use store::open::StoreUrl;
use tempfile::TempDir;
use throwaway_postgres::shared;

use super::on_any_day;
use super::story::{Kept, Scene, Story};

on_any_day!(each_refund_that_an_earlier_version_left_open_is_paid_once);

/// What a gateway of the tenth schema left.
struct Frozen {
    /// Statements that make a store of it.
    text: String,
    store: StoreUrl,
    _folder: TempDir,
}

impl Frozen {
    /// Makes a store of it in which the next gateway of `story` finds what it needs.
    async fn thaw(story: &Story, kept: Kept) -> Frozen {
        let folder = tempfile::tempdir().unwrap();
        let (file, address) = (folder.path().join("gateway.db"), shared().database().unwrap());
        let (store, name, [open, close]) = match kept {
            Kept::InAFile => (StoreUrl::Sqlite(file.clone()), "V10.sql", ["X'", "'"]),
            Kept::OnAServer => (StoreUrl::parse(&address).unwrap(), "V10.postgres.sql", ["'\\x", "'"]),
        };
        let older = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/store/testdata/older");
        let text = fs::read_to_string(older.join(name)).unwrap();
        let mark = hex(&mark_of(&keyset::beside(&store, story.sandbox_folder())).await);
        let statements = format!("{text}INSERT INTO settings VALUES ('{MARK}', {open}{mark}{close});");
        match kept {
            Kept::InAFile => Connection::open(file).unwrap().execute_batch(&statements).unwrap(),
            Kept::OnAServer => drop(shared().execute(&address, &statements).unwrap()),
        }
        Frozen { text, store, _folder: folder }
    }

    /// Whether it has these bytes of a request.
    fn has(&self, body: &str) -> bool {
        self.text.contains(&hex(body.as_bytes()))
    }
}

/// What a store keeps of the keyset that it was made with is under this name.
const MARK: &str = "keyset_canary";

/// What a store keeps of the keyset in `file`, which is made if it is not there.
async fn mark_of(file: &Path) -> Vec<u8> {
    let (sealer, store) = (keyset_of_new_store(file, None).unwrap().sealer, MemoryStore::default());
    canary::plant(&store, &sealer).await.unwrap();
    store.setting(MARK).await.unwrap().unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn each_refund_that_an_earlier_version_left_open_is_paid_once(scene: Scene) {
    let mut story = Story::begin(scene).await;
    for order in ["T1", "T2", "T3", "T4"] {
        story.pays(order, 10_000).await;
    }
    // What WeChat Pay did for the earlier gateway: it paid the first refund, and took the second and was not heard.
    for (refund, order, until_then) in [("R1", "T1", "PT1H"), ("R2", "T2", "P1DT2M")] {
        let amount = json!({ "refund": 3_000, "currency": "CNY" });
        let asked = json!({
            "mchid": story.mchid(), "out_trade_no": order, "out_refund_no": refund, "amount": amount
        });
        story.control.post("/control/refunds", &asked).await;
        story.advance(until_then).await;
    }
    story.gateway_stops().await;
    let frozen = Frozen::thaw(&story, scene.kept).await;
    story.store_is(frozen.store.clone());

    story.gateway_starts().await;
    story.is_driven().await;

    assert_eq!(story.status("R1").await, "succeeded");
    // The third was told that there is no money, and waits; the fourth nobody has looked at.
    assert_eq!(story.acceptances("R3").await + story.acceptances("R4").await, 0);
    story.pays("T5", 10_000).await;
    for refund in ["R1", "R2", "R3", "R4"] {
        story.ends(refund, "succeeded").await;
        assert_eq!(story.acceptances(refund).await, 1, "{refund}");
    }
    let recount = story.recount().await;
    for refund in ["R3", "R4"] {
        let bodies = &recount.of_number(story.mchid(), refund).unwrap().bodies;
        assert!(bodies.iter().all(|body| frozen.has(body)), "{refund}: {bodies:?}");
    }
    story.closes().await;
}
