//! A refund travels: owners driven for real against a sandbox whose clock waits for them.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gateway::activity::Activity;
use gateway::clock::WallClock;
use gateway::gateway::{Gateway, Settings, World};
use gateway::merchants::account::Account;
use gateway::sandbox_clock::{ALONE, SandboxClock};
use gateway::wechat::connection::{Connection, MerchantCertificate, V3Keys};
use gateway::wechat::line::Line;
use gateway::wechat::signer::LocalSigner;
use gateway::worker::node::Node;
use jiff::Timestamp;
use refunds::intake::{NewRefund, Request};
use refunds::key::{Identity, NumberForm, OrderKey, RefundKey, UpstreamNo};
use refunds::order::OrderNames;
use refunds::refund::{RequestBytes, State};
use sandbox::serve::{ClockMode, Config, Running, start};
use serde_json::{Value, json};
use store::StoreError;
use store::contract::{Answer, Store};
use store::failing::{FailingStore, Failure};
use store::memory::{MemoryStore, Model};
use store::merchant::{Merchant, Mode};
use store::open::OpenStore;
use tokio_util::sync::CancellationToken;
use wechatpay::calendar::Calendar;
use wechatpay::ids::{Appid, Mchid, OutRefundNo, OutTradeNo};
use wechatpay::keys::{ApiV3Key, Certificate, KeyName, SigningKey};
use wechatpay::money::{Currency, Money};
use wechatpay::v3::caller::{Caller, Region};
use wechatpay::v3::refund::call::OrderName;
use wechatpay::v3::refund::submit::{RefundAmount, SubmitRequest};
use wechatpay::wire::Wire;

/// The default world's direct merchant.
const DIRECT: &str = "1900000002";
const APPID: &str = "wx0000000000000002";

/// A sandbox and a node that drives its direct merchant.
struct Story {
    sandbox: Running,
    gateway: Gateway,
    node: Node,
    fails: Arc<FailsOnce>,
    ending: CancellationToken,
    http: reqwest::Client,
    _folder: tempfile::TempDir,
}

impl Story {
    async fn begin() -> Story {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("sandbox");
        let free = "127.0.0.1:0".parse().unwrap();
        let sandbox = start(Config {
            listen: free,
            mtls_listen: free,
            control: free,
            data: data.clone(),
            world: None,
            seed: Some(1),
            clock: ClockMode::Virtual { from: "2026-01-05T01:00:00Z".parse().unwrap() },
            fresh: false,
            unkind: None,
        })
        .await
        .unwrap();
        let activity = Activity::none();
        let ending = CancellationToken::new();
        let virtual_clock = SandboxClock::join(&format!("http://{}", sandbox.control), ALONE).await.unwrap();
        let clock = WallClock::standing_at(virtual_clock.now(), activity.clone());
        let settings = Settings { public_url: None, world: World::Sandbox, sandbox_ca: None };
        let fails = Arc::new(FailsOnce::default());
        let store = OpenStore::Memory(MemoryStore::new(Model::new()));
        let store = OpenStore::Failing(FailingStore::around(store, fails.clone()));
        let gateway = Gateway::new(store, clock.clone(), activity.clone(), Calendar::bundled(), settings);
        let merchant = merchant();
        gateway.store.put_merchant(merchant.clone()).await.unwrap();
        let connection = connection(&data.join("credentials").join(DIRECT), format!("http://{}", sandbox.v3));
        let line = Arc::new(Line::new(connection, clock.clone(), activity.clone()).unwrap());
        tokio::spawn(line.clone().keep_keys(ending.clone()));
        gateway.merchants.put(Account { merchant, line: Some(line) });
        let node = Node::new("node", gateway.clone(), ending.child_token());
        node.join().await.unwrap();
        tokio::spawn(node.clone().keep());
        tokio::spawn(virtual_clock.keep(clock, activity, ending.clone()));
        Story { sandbox, gateway, node, fails, ending, http: reqwest::Client::new(), _folder: folder }
    }

    async fn control(&self, path: &str, body: Value) -> Value {
        let url = format!("http://{}{path}", self.sandbox.control);
        let answer = self.http.post(url).body(body.to_string()).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    async fn pays(&self, out_trade_no: &str, total: i64) {
        let amount = json!({ "total": total, "currency": "CNY" });
        let body = json!({ "mchid": DIRECT, "out_trade_no": out_trade_no, "amount": amount });
        self.control("/control/payments", body).await;
    }

    async fn refunds(&self, out_refund_no: &str, out_trade_no: &str, refund: i64, total: i64) -> RefundKey {
        let now = self.gateway.clock.now();
        let new = new_refund(out_refund_no, out_trade_no, refund, total, now);
        let key = new.key.clone();
        let busy = self.gateway.activity.begin();
        self.gateway.store.admit(new).await.unwrap();
        self.gateway.owners.hint(&Mchid::parse(DIRECT).unwrap());
        drop(busy);
        key
    }

    /// The names of participants that the clock gave up waiting for: nobody's.
    async fn advance(&self, by: &str) {
        let advanced = self.control("/control/clock", json!({ "advance": by })).await;
        assert_eq!(advanced["silent"], json!([]));
    }

    async fn state(&self, key: &RefundKey) -> State {
        self.gateway.store.refund(key).await.unwrap().unwrap().state
    }

    async fn end(self) {
        self.node.stop().await;
        self.ending.cancel();
        self.sandbox.stop().await.unwrap();
    }
}

/// Lets the operation with this name fail, once.
#[derive(Debug, Default)]
struct FailsOnce(Mutex<Option<&'static str>>);

impl Failure for FailsOnce {
    fn before(&self, operation: &'static str) -> Answer<()> {
        match self.0.lock().unwrap().take_if(|fails| *fails == operation) {
            Some(_) => Err(StoreError::Busy { why: "it is to fail".into() }),
            None => Ok(()),
        }
    }

    fn after(&self, _: &'static str) -> Answer<()> {
        Ok(())
    }
}

fn merchant() -> Merchant {
    Merchant {
        mchid: Mchid::parse(DIRECT).unwrap(),
        mode: Mode::Direct,
        number_form: NumberForm::AsGiven,
        settlement_currency: Currency::HKD,
        wire: Wire::V3,
        region: Region::Global,
        appid: Appid::parse(APPID).unwrap(),
        api_hosts: vec![],
        is_sandbox: true,
        sub_merchants: Default::default(),
    }
}

fn connection(credentials: &Path, host: String) -> Connection {
    let read = |name: &str| std::fs::read_to_string(credentials.join(name)).unwrap();
    let serial_no = KeyName::parse(read("serial_no.txt").trim()).unwrap();
    let key = SigningKey::from_pem(&read("apiclient_key.pem")).unwrap();
    Connection {
        mchid: Mchid::parse(DIRECT).unwrap(),
        region: Region::Global,
        hosts: vec![host],
        wire: Wire::V3,
        certificate: MerchantCertificate {
            serial_no: serial_no.clone(),
            not_after: Certificate::from_pem(&read("apiclient_cert.pem")).unwrap().not_after,
            signer: Some(Arc::new(LocalSigner::new(serial_no, key))),
            identity: None,
        },
        certificate_before: None,
        v3: Some(V3Keys {
            api_v3_key: ApiV3Key::parse(read("api_v3_key.txt").trim().as_bytes()).unwrap(),
            public_keys: vec![],
        }),
        v2: None,
        is_sandbox: true,
        sandbox_ca: None,
    }
}

fn new_refund(out_refund_no: &str, out_trade_no: &str, refund: i64, total: i64, at: Timestamp) -> NewRefund {
    let mchid = Mchid::parse(DIRECT).unwrap();
    let identity = Identity {
        mchid: mchid.clone(),
        sub_mchid: None,
        out_refund_no: OutRefundNo::parse(out_refund_no).unwrap(),
    };
    let upstream_no = UpstreamNo::of(&identity, NumberForm::AsGiven).unwrap();
    let (refund, total) = (Money::fen(refund), Money::fen(total));
    let out_trade_no = OutTradeNo::parse(out_trade_no).unwrap();
    let body = SubmitRequest {
        caller: Caller::Direct { mchid: mchid.clone(), appid: Appid::parse(APPID).unwrap() },
        order: OrderName::OutTradeNo(out_trade_no.clone()),
        out_refund_no: upstream_no.number().clone(),
        reason: None,
        source: None,
        amount: RefundAmount::new(refund, total).unwrap(),
        notify_url: None,
    };
    NewRefund {
        key: RefundKey::new(&mchid, &ulid::Ulid::new().to_string()).unwrap(),
        order_key: OrderKey::new(&mchid, &ulid::Ulid::new().to_string()).unwrap(),
        request: Request {
            identity,
            order: OrderNames { out_trade_no: Some(out_trade_no), transaction_id: None },
            amount: refund,
            total,
            reason: None,
            deadline: None,
            notify_url: None,
            metadata: None,
            adopt: None,
            found: false,
        },
        upstream_no,
        bytes: RequestBytes::new(Wire::V3, body.render().as_bytes()),
        at,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_sent_accepted_and_confirmed_while_the_clock_waits_for_it() {
    let story = Story::begin().await;
    story.pays("T1", 10_000).await;
    let key = story.refunds("R1", "T1", 3_000, 10_000).await;
    story.advance("PT5S").await;
    assert!(matches!(story.state(&key).await, State::Processing(_)), "{:?}", story.state(&key).await);
    story.advance("P8D").await;
    assert!(matches!(story.state(&key).await, State::Succeeded { .. }), "{:?}", story.state(&key).await);
    story.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_meets_not_enough_waits_through_the_night_and_goes_again_when_payments_came() {
    let story = Story::begin().await;
    story.pays("T1", 10_000).await;
    story.advance("P1D").await;
    let key = story.refunds("R1", "T1", 3_000, 10_000).await;
    story.advance("PT10S").await;
    assert!(matches!(story.state(&key).await, State::Waiting { .. }), "{:?}", story.state(&key).await);
    story.advance("P1D").await;
    assert!(matches!(story.state(&key).await, State::Waiting { .. }), "{:?}", story.state(&key).await);
    story.pays("T2", 20_000).await;
    story.advance("PT2H").await;
    let refund = story.gateway.store.refund(&key).await.unwrap().unwrap();
    assert!(refund.is_taken(), "{:?}", refund.state);
    assert!(refund.attempts.count > 20, "{} attempts", refund.attempts.count);
    story.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_lost_after_the_money_was_taken_is_found_by_asking() {
    let story = Story::begin().await;
    story.pays("T1", 10_000).await;
    story
        .control(
            "/control/faults",
            json!({ "call": "refund_submit", "fault": "cut_after_commit", "times": 1 }),
        )
        .await;
    let key = story.refunds("R1", "T1", 3_000, 10_000).await;
    story.advance("PT1M").await;
    let refund = story.gateway.store.refund(&key).await.unwrap().unwrap();
    assert!(refund.is_taken() && refund.attempts.count == 1, "{refund:?}");
    let audit =
        story.http.get(format!("http://{}/control/audit", story.sandbox.control)).send().await.unwrap();
    let audit: Value = serde_json::from_slice(&audit.bytes().await.unwrap()).unwrap();
    assert_eq!((&audit["violations"], &audit["refunds"][0]["acceptances"]), (&json!([]), &json!(1)));
    story.end().await;
}

/// Long enough for anything here, by the wall's clock.
const LONG: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_could_not_look_at_its_store_looks_again() {
    let story = Story::begin().await;
    story.pays("T1", 10_000).await;
    // Somebody takes the merchant id and goes. The node looks for what it may drive when its own driver has noticed.
    *story.fails.0.lock().unwrap() = Some("nodes");
    story.gateway.store.take_ownership(&Mchid::parse(DIRECT).unwrap(), "another").await.unwrap();
    let key = story.refunds("R1", "T1", 3_000, 10_000).await;
    let deadline = Instant::now() + Duration::from_secs(30);
    while !matches!(story.state(&key).await, State::Processing(_)) {
        assert!(Instant::now() < deadline, "nobody drives it: {:?}", story.state(&key).await);
        story.advance("PT1S").await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(*story.fails.0.lock().unwrap(), None);
    story.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stops_lets_go_of_the_clock() {
    let story = Story::begin().await;
    story.node.stop().await;
    story.ending.cancel();
    tokio::time::timeout(LONG, async {
        loop {
            let url = format!("http://{}/control/clock", story.sandbox.control);
            let clock = story.http.get(url).send().await.unwrap().bytes().await.unwrap();
            let clock: Value = serde_json::from_slice(&clock).unwrap();
            if clock["participants"] == json!([]) {
                return;
            }
        }
    })
    .await
    .unwrap();
    story.sandbox.stop().await.unwrap();
}
