//! `tidegate serve --restored`: a backup is put back while WeChat Pay is an hour ahead of it.
//!
//! Judged by the sandbox's own records: no number and no wish is paid twice, whatever tenants do who see an older store, and nothing
//! is sent for a merchant id before every refund that was open in the backup was asked about, and every order it knows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::Client;
use sandbox::serve::{ClockMode, Config, Running};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::control::Control;
use tests::kills::program::free_address;
use tests::recount::Recount;
use tests::tenant::{Answer, Tenant, connections};
use throwaway_postgres::shared;
use tokio::process::{Child, Command};

/// Monday, 09:00 in Beijing.
const MONDAY: Timestamp = Timestamp::constant(1_767_574_800, 0);

/// A machine under load is given more than a start takes.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// How often it is looked whether something has come about.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// How many days time runs on at most. The slowest bank takes five business days.
const LAST_DAY: usize = 12;

const WORLD: &str = r#"
[[merchants]]
mchid = "1900000011"
mode = "institution"
appid = "wx0000000000000011"
settlement_currency = "USD"
sub_mchids = ["1900001101", "1900001102"]

[[merchants]]
mchid = "1900000013"
mode = "direct"
appid = "wx0000000000000013"
settlement_currency = "USD"

[[merchants]]
mchid = "1900000014"
mode = "direct"
wire = "v2"
appid = "wx0000000000000014"
settlement_currency = "HKD"
"#;

/// Merchant id and sub-merchant of each shop.
const SHOPS: [(&str, Option<&str>); 4] = [
    ("1900000011", Some("1900001101")),
    ("1900000011", Some("1900001102")),
    ("1900000013", None),
    ("1900000014", None),
];

/// How many orders of each shop see each of the stories below.
const EACH: usize = 3;
/// What an order costs, and what is asked back of it: so little that asked twice it would be paid twice.
const TOTAL: i64 = 10_000;
const BACK: i64 = 3_000;

/// What becomes of a refund around the hour that the backup misses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Story {
    /// Asked for, taken and on its way to the bank before the backup.
    Taken,
    /// Asked for before and sent after it.
    Waiting,
    /// The same, and given up by its tenant once the older store is back.
    GivenUp,
    /// The same, and given up an hour before: the backup does not know.
    GivenUpBefore,
    /// Asked for after it, and again once the older store is back.
    Missing,
    /// The same, and given up at once.
    MissingGivenUp,
    /// Asked for after it on an order that was reported before, and not asked for again before all is over.
    Found,
}

const STORIES: [Story; 7] = [
    Story::Taken,
    Story::Waiting,
    Story::GivenUp,
    Story::GivenUpBefore,
    Story::Missing,
    Story::MissingGivenUp,
    Story::Found,
];

/// What somebody wants back once.
struct Wish {
    story: Story,
    shop: (&'static str, Option<&'static str>),
    order: String,
    /// The numbers it was asked for under, one after the other ended as cancelled.
    numbers: Vec<String>,
}

impl Wish {
    fn number(&self) -> &str {
        self.numbers.last().unwrap()
    }

    /// What its tenant asks for, with notes of its own.
    fn request(&self) -> Value {
        json!({
            "out_refund_no": self.number(),
            "out_trade_no": self.order,
            "amount": { "refund": BACK, "total": TOTAL, "currency": "CNY" },
            "metadata": { "order": self.order },
        })
    }

    fn upstream(&self, number: &str) -> (String, String) {
        let (mchid, sub_mchid) = self.shop;
        (mchid.to_owned(), sub_mchid.map_or(number.to_owned(), |sub| format!("{sub}_{number}")))
    }
}

/// What the store is kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    InAFile,
    OnAServer,
}

struct House {
    folder: TempDir,
    data: PathBuf,
    kept: Kept,
    /// The path of the file, or the address of the database.
    store: String,
    control: Control,
    address: SocketAddr,
    http: Client,
    keys: Value,
    starts: usize,
    _sandbox: Running,
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_paid_twice_after_an_hour_old_backup_was_put_back() {
    nothing_is_paid_twice(Kept::InAFile).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_paid_twice_after_an_hour_old_backup_was_put_back_on_postgres() {
    nothing_is_paid_twice(Kept::OnAServer).await;
}

async fn nothing_is_paid_twice(kept: Kept) {
    let mut house = House::build(kept).await;
    let mut wishes = wishes();
    let mut reports = vec![];
    for wish in &wishes {
        let report = house.pays(wish.shop, &wish.order).await;
        reports.extend((wish.story == Story::Found).then_some((wish.shop, report)));
    }
    let gateway = house.start(&[]).await;
    let mut orders = BTreeSet::new();
    for (shop, report) in reports {
        orders.insert((shop.0.to_owned(), report["transaction_id"].as_str().unwrap().to_owned()));
        house.reports(shop, report).await;
    }
    let of = |stories: &[Story], wish: &Wish| stories.contains(&wish.story);
    for wish in wishes.iter().filter(|wish| of(&[Story::Taken], wish)) {
        house.asks(wish).await;
    }
    house.control.advance("PT1M").await;
    // The night takes the money away, so what is asked for now waits.
    house.control.advance("P1D").await;
    let waiting = [Story::Waiting, Story::GivenUp, Story::GivenUpBefore];
    for wish in wishes.iter().filter(|wish| of(&waiting, wish)) {
        house.asks(wish).await;
    }
    house.control.advance("PT10M").await;
    let backup = house.back_up();
    let open_in_backup = house.open(&wishes).await;
    assert!(open_in_backup.len() >= EACH * SHOPS.len() * waiting.len(), "{open_in_backup:?}");

    // The hour that the backup misses: money comes, what waits leaves, more is asked for, and answers get lost.
    for wish in wishes.iter().filter(|wish| of(&[Story::GivenUpBefore], wish)) {
        house.cancels(wish).await;
    }
    for call in ["cut_after_commit", "cut_before_commit"] {
        let rule = json!({ "call": "refund_submit", "fault": call, "probability": 0.1 });
        house.control.goes_wrong(&rule).await;
    }
    for shop in SHOPS {
        house.pays_any(shop, 100 * TOTAL).await;
    }
    let missing = [Story::Missing, Story::MissingGivenUp, Story::Found];
    for wish in wishes.iter().filter(|wish| of(&missing, wish)) {
        house.asks(wish).await;
    }
    house.control.advance("PT1H").await;
    house.control.goes_well().await;
    house.control.advance("PT1H").await;
    let before = Recount::of(&house.control).await;
    let paid = |wish: &Wish| {
        let (mchid, number) = wish.upstream(wish.number());
        before.of_number(&mchid, &number).is_some_and(|counted| counted.acceptances == 1)
    };
    let sent_since = wishes.iter().filter(|wish| wish.story != Story::Taken && paid(wish)).count();
    assert!(sent_since > SHOPS.len() * EACH * 3, "{sent_since} of {} were taken since", wishes.len());

    house.kill(gateway).await;
    house.put_back(backup);
    let asked_before = house.control.requests().await.len();
    // The first one does not live long: the next need not be told again.
    let gateway = house.start(&["--restored"]).await;
    house.kill(gateway).await;
    let gateway = house.start(&[]).await;
    for wish in wishes.iter().filter(|wish| !of(&[Story::Found], wish)) {
        house.asks(wish).await;
    }
    for wish in wishes.iter().filter(|wish| of(&[Story::GivenUp, Story::MissingGivenUp], wish)) {
        house.cancels(wish).await;
    }
    house.control.advance("PT1H").await;
    house.judge_order_of_calls(asked_before, &open_in_backup, &orders).await;

    // Whoever was told that nothing was paid asks anew, under another number.
    for wish in &mut wishes {
        if house.status(wish).await == "cancelled" {
            let again = format!("{}-again", wish.number());
            wish.numbers.push(again);
            house.asks(wish).await;
        }
    }
    for _ in 0..LAST_DAY {
        for shop in SHOPS {
            house.pays_any(shop, 100 * TOTAL).await;
        }
        house.control.advance("P1D").await;
        if house.open(&wishes).await.is_empty() {
            break;
        }
    }
    for wish in wishes.iter().filter(|wish| of(&[Story::Found], wish)) {
        house.judge_found(wish).await;
    }
    house.judge_money(&wishes).await;
    house.kill(gateway).await;
}

fn wishes() -> Vec<Wish> {
    let mut wishes = vec![];
    for (n, shop) in SHOPS.iter().enumerate() {
        for story in STORIES {
            for nth in 0..EACH {
                let order = format!("T{n}{story:?}{nth}");
                wishes.push(Wish { story, shop: *shop, numbers: vec![format!("R-{order}")], order });
            }
        }
    }
    wishes
}

impl House {
    async fn build(kept: Kept) -> House {
        let folder = tempfile::tempdir().unwrap();
        let (data, world) = (folder.path().join("sandbox"), folder.path().join("world.toml"));
        std::fs::write(&world, WORLD).unwrap();
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let sandbox = sandbox::serve::start(Config {
            listen: any,
            mtls_listen: any,
            control: any,
            data: data.clone(),
            world: Some(world),
            seed: Some(7),
            clock: ClockMode::Virtual { from: MONDAY },
            fresh: false,
            unkind: None,
        });
        let sandbox = sandbox.await.unwrap();
        let address = free_address(folder.path(), "gateway");
        let store = match kept {
            Kept::InAFile => folder.path().join("gateway.db").display().to_string(),
            Kept::OnAServer => shared().database().unwrap(),
        };
        House {
            kept,
            store,
            control: Control::at(sandbox.control),
            http: connections(),
            keys: Value::Null,
            starts: 0,
            _sandbox: sandbox,
            folder,
            data,
            address,
        }
    }

    /// The store as the command line has it.
    fn store_url(&self) -> String {
        match self.kept {
            Kept::InAFile => format!("sqlite:{}", self.store),
            Kept::OnAServer => self.store.clone(),
        }
    }

    /// Starts a gateway, again while those of before count as being there, and comes back when it drives every merchant id.
    async fn start(&mut self, more: &[&str]) -> Child {
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            if let Some(child) = self.try_start(more).await {
                return child;
            }
            assert!(self.log().contains("the store is in use by"), "{}", self.log());
            assert!(Instant::now() < deadline, "{}", self.log());
        }
    }

    /// None if it ends by itself.
    async fn try_start(&mut self, more: &[&str]) -> Option<Child> {
        self.starts += 1;
        let log = File::create(self.folder.path().join(format!("gateway-{}.log", self.starts))).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_tidegate"))
            .args(["serve", "--listen", &self.address.to_string()])
            .args(["--store", &self.store_url()])
            .arg("--sandbox")
            .arg(&self.data)
            .args(more)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let deadline = Instant::now() + READY_WITHIN;
        let url = format!("http://{}/readyz", self.address);
        while !self.http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
            if child.try_wait().unwrap().is_some() {
                return None;
            }
            assert!(Instant::now() < deadline, "gateway {} does not start: {}", self.starts, self.log());
            tokio::time::sleep(LOOK_EVERY).await;
        }
        // It writes its keys down when it takes requests.
        while !self.data.join("gateway.json").is_file() {
            assert!(Instant::now() < deadline);
            tokio::time::sleep(LOOK_EVERY).await;
        }
        while !self.is_driven() {
            assert!(Instant::now() < deadline, "nobody drives a merchant id: {}", self.log());
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let file: Value =
            serde_json::from_slice(&std::fs::read(self.data.join("gateway.json")).unwrap()).unwrap();
        self.keys = file["keys"].clone();
        Some(child)
    }

    /// Whether the gateway that joined last owns every merchant id. Of a file nobody else has, it does from the start.
    fn is_driven(&self) -> bool {
        let by_others = "SELECT count(*) FROM ownership WHERE node <> (SELECT id FROM nodes ORDER BY joined_at DESC LIMIT 1)";
        self.kept == Kept::InAFile || shared().execute(&self.store, by_others).unwrap() == "0"
    }

    fn log(&self) -> String {
        let path = self.folder.path().join(format!("gateway-{}.log", self.starts));
        std::fs::read_to_string(path).unwrap_or_default()
    }

    async fn kill(&self, mut gateway: Child) {
        assert!(gateway.try_wait().unwrap().is_none(), "it ended by itself: {}", self.log());
        gateway.kill().await.unwrap();
        assert!(!self.log().contains("panicked"), "{}", self.log());
    }

    /// Makes a backup, and says where it is.
    fn back_up(&self) -> String {
        match self.kept {
            Kept::InAFile => {
                let to = format!("{}.backup", self.store);
                let store = self.store_url();
                let output =
                    crate::tidegate().args(["store", "backup", "--store", &store, &to]).output().unwrap();
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                to
            }
            Kept::OnAServer => shared().copy_of(&self.store).unwrap(),
        }
    }

    /// As the guide has it.
    fn put_back(&mut self, backup: String) {
        match self.kept {
            Kept::InAFile => {
                for ending in ["", "-wal", "-shm"] {
                    let file = format!("{}{ending}", self.store);
                    std::fs::rename(&file, format!("{file}.lost")).unwrap();
                }
                std::fs::copy(backup, &self.store).unwrap();
            }
            Kept::OnAServer => self.store = backup,
        }
    }

    async fn pays(&self, (mchid, sub_mchid): (&str, Option<&str>), order: &str) -> Value {
        let mut payment = json!({
            "mchid": mchid,
            "out_trade_no": order,
            "amount": { "total": TOTAL, "currency": "CNY" },
            "bank_type": "ABC_DEBIT",
        });
        if let Some(sub_mchid) = sub_mchid {
            payment["sub_mchid"] = json!(sub_mchid);
        }
        self.control.pays(&payment).await
    }

    async fn pays_any(&self, (mchid, sub_mchid): (&str, Option<&str>), fen: i64) {
        let mut payment = json!({ "mchid": mchid, "amount": { "total": fen, "currency": "CNY" } });
        if let Some(sub_mchid) = sub_mchid {
            payment["sub_mchid"] = json!(sub_mchid);
        }
        let report = self.control.pays(&payment).await;
        self.reports((mchid, sub_mchid), report).await;
    }

    async fn reports(&self, shop: (&str, Option<&str>), mut report: Value) {
        report.as_object_mut().unwrap().remove("mchid");
        let answer = self.tenant(shop).post("/v1/payments", &report).await.unwrap();
        assert!(matches!(answer.status, 200 | 201), "{answer:?}");
    }

    fn tenant(&self, (mchid, sub_mchid): (&str, Option<&str>)) -> Tenant {
        let key = self.keys[sub_mchid.unwrap_or(mchid)].as_str().unwrap();
        Tenant::new(&self.http, &format!("http://{}", self.address), key)
    }

    async fn asks(&self, wish: &Wish) -> Answer {
        let answer = self.tenant(wish.shop).post("/v1/refunds", &wish.request()).await.unwrap();
        assert!(matches!(answer.status, 200 | 202), "{answer:?}");
        answer
    }

    async fn cancels(&self, wish: &Wish) {
        let refund = self.shown(wish).await;
        let path = format!("/v1/refunds/{}/cancel", refund["id"].as_str().unwrap());
        let answer = self.tenant(wish.shop).post(&path, &json!({})).await.unwrap();
        // It may have been found to be taken by now.
        assert!(matches!(answer.status, 200 | 202 | 409), "{answer:?}");
    }

    async fn shown(&self, wish: &Wish) -> Value {
        let answer = self.tenant(wish.shop).get(&format!("/v1/refunds/{}", wish.number())).await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    async fn status(&self, wish: &Wish) -> String {
        self.shown(wish).await["status"].as_str().unwrap().to_owned()
    }

    /// The numbers at WeChat Pay of those that are known and have not ended.
    async fn open(&self, wishes: &[Wish]) -> BTreeSet<(String, String)> {
        let mut open = BTreeSet::new();
        for wish in wishes {
            let path = format!("/v1/refunds/{}", wish.number());
            let answer = self.tenant(wish.shop).get(&path).await.unwrap();
            let has_ended = ["succeeded", "closed", "rejected", "cancelled"].contains(&answer.text("status"));
            if answer.status == 200 && !has_ended {
                open.insert(wish.upstream(wish.number()));
            }
        }
        open
    }

    /// Whether a refund that the backup did not know is there without being asked for again, and is completed by that once.
    async fn judge_found(&self, wish: &Wish) {
        let found = self.shown(wish).await;
        assert_eq!((&found["status"], &found["metadata"]), (&json!("succeeded"), &Value::Null), "{found}");
        let mut other = wish.request();
        other["amount"]["refund"] = json!(BACK + 1);
        let refused = self.tenant(wish.shop).post("/v1/refunds", &other).await.unwrap();
        assert_eq!((refused.status, refused.text("code")), (409, "refund_conflict"), "{refused:?}");
        let completed = self.asks(wish).await;
        assert_eq!((completed.status, &completed.body["id"]), (200, &found["id"]), "{completed:?}");
        let shown = self.shown(wish).await;
        assert_eq!(shown["metadata"], wish.request()["metadata"], "{shown}");
        other = wish.request();
        other["metadata"] = json!({ "order": "another" });
        let refused = self.tenant(wish.shop).post("/v1/refunds", &other).await.unwrap();
        assert_eq!(refused.status, 409, "{refused:?}");
    }

    /// Whether the calls since `asked_before` ask about all that is open, and about these orders by WeChat Pay's number, before
    /// anything is sent, merchant id by merchant id.
    async fn judge_order_of_calls(
        &self,
        asked_before: usize,
        open: &BTreeSet<(String, String)>,
        orders: &BTreeSet<(String, String)>,
    ) {
        let requests = self.control.requests().await;
        let mut unasked: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (mchid, number) in open.iter().chain(orders) {
            unasked.entry(mchid).or_default().insert(number);
        }
        let mut sent = 0;
        for request in &requests[asked_before..] {
            let text = |field: &str| request[field].as_str().unwrap_or_default();
            let (caller, number) = (text("caller"), text("out_refund_no"));
            let names = |order: &str| text("target").contains(order) || text("body").contains(order);
            match text("call") {
                "refund_query" | "refund_list" => {
                    let unasked = unasked.entry(caller).or_default();
                    unasked.retain(|name| *name != number && !(number.is_empty() && names(name)));
                }
                "refund_submit" => {
                    sent += 1;
                    let left = unasked.get(caller).filter(|left| !left.is_empty());
                    assert!(left.is_none(), "{number} was sent before {left:?} were asked about");
                }
                _ => {}
            }
        }
        assert!(sent > 0, "what the backup misses is sent again");
        assert!(unasked.values().all(BTreeSet::is_empty), "{unasked:?}");
    }

    async fn judge_money(&self, wishes: &[Wish]) {
        let recount = Recount::of(&self.control).await;
        assert_eq!(recount.gaps, Vec::<String>::new());
        for (number, counted) in &recount.numbers {
            assert!(counted.acceptances <= 1 && counted.bodies.len() <= 1, "{number:?}: {counted:?}");
        }
        let audit = self.control.get("/control/audit").await;
        assert_eq!(audit["violations"], json!([]), "{audit}");
        for wish in wishes {
            let counted = wish.numbers.iter().filter_map(|number| {
                let (mchid, number) = wish.upstream(number);
                recount.of_number(&mchid, &number)
            });
            let moved: i64 = counted.map(|counted| counted.moved - counted.returned).sum();
            let status = self.status(wish).await;
            let is_right = match status.as_str() {
                "succeeded" => moved == BACK,
                "closed" | "cancelled" | "rejected" => moved == 0,
                _ => false,
            };
            assert!(is_right, "{:?} {:?} is {status}, and {moved} fen were paid", wish.story, wish.numbers);
        }
    }
}
