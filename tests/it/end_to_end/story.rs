//! The language of the stories.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gateway::serve::{StartError, StoreUrl};
use reqwest::{Client, Method};
use sandbox::faults::Unkind;
use sandbox::serve::{ClockMode, Config, Running, start};
use serde_json::{Value, json};
use store::failing::Failure;
use tempfile::TempDir;
use tests::control::Control;
use tests::recount::Recount;
use tests::tenant::{Answer, Tenant, connections};
use throwaway_postgres::shared;
use tokio::sync::OnceCell;
use wechatpay::wire::Wire;

use super::cutter::Cutter;
use super::envelope::Envelope;
use super::post::Post;
use super::service::Service;

/// Where the clock begins: a Monday, 09:00 in Beijing.
const MORNING: &str = "2026-01-05T01:00:00Z";

/// How long a refund is followed: longer than the slowest bank takes, the faults of an unkind day included.
const STEPS: [&str; 16] = [
    "PT0S", "PT1M", "PT5M", "PT15M", "PT40M", "PT1H", "PT2H", "PT4H", "PT8H", "P1D", "P1D", "P1D", "P2D",
    "P2D", "P2D", "P2D",
];

/// How long something may take in real time, on a busy machine.
const LONGEST: Duration = Duration::from_secs(40);

/// How often it is looked whether it has happened.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What kind of day it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Day {
    /// Nothing goes wrong but what the story says.
    Kind,
    /// What a long bad day brings.
    Unkind,
}

/// Where a story takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scene {
    /// On what kind of day.
    pub(crate) day: Day,
    /// Over which version of the interface the merchants refund.
    pub(crate) wire: Wire,
    /// Where the gateway keeps everything.
    pub(crate) kept: Kept,
}

/// What the store is kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// An SQLite file.
    InAFile,
    /// A database of a PostgreSQL server.
    OnAServer,
}

impl Kept {
    /// A new database on the server that all stories share; none where the store is a file in the story's own folder.
    fn database(self) -> Option<StoreUrl> {
        match self {
            Kept::InAFile => None,
            Kept::OnAServer => Some(StoreUrl::parse(&shared().database().unwrap()).unwrap()),
        }
    }
}

impl Scene {
    /// The faults that make an answer one that must not be believed.
    pub(crate) fn bad_signings(self) -> &'static [&'static str] {
        match self.wire {
            Wire::V3 => &["unsigned", "wrong_signature", "wrong_serial", "probe", "stale_timestamp"],
            // It has neither serial numbers nor times in its signatures.
            Wire::V2 => &["unsigned", "wrong_signature"],
        }
    }
}

/// The merchants of the default world, over V2.
const OVER_V2: &str = r#"
[[merchants]]
mchid = "1900000001"
mode = "institution"
wire = "v2"
appid = "wx0000000000000001"
settlement_currency = "USD"
sub_mchids = ["1900000101", "1900000102", "1900000103"]

[[merchants]]
mchid = "1900000002"
mode = "direct"
wire = "v2"
appid = "wx0000000000000002"
settlement_currency = "HKD"
"#;

/// Who asks for refunds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Shop {
    /// The merchant id.
    pub(crate) mchid: &'static str,
    /// The sub-merchant; none for a direct merchant.
    pub(crate) sub_mchid: Option<&'static str>,
}

/// The default world's direct merchant, who tells most of the stories.
pub(crate) const DIRECT: Shop = Shop { mchid: "1900000002", sub_mchid: None };
/// A sub-merchant of the default world's institution.
pub(crate) const BAKERY: Shop = Shop { mchid: "1900000001", sub_mchid: Some("1900000101") };
/// Another one.
pub(crate) const FLORIST: Shop = Shop { mchid: "1900000001", sub_mchid: Some("1900000102") };

impl Shop {
    /// Whose key it uses.
    fn key(self) -> &'static str {
        self.sub_mchid.unwrap_or(self.mchid)
    }

    /// The number at WeChat Pay of its refund `out_refund_no`.
    pub(crate) fn upstream(self, out_refund_no: &str) -> String {
        match self.sub_mchid {
            Some(sub_mchid) => format!("{sub_mchid}_{out_refund_no}"),
            None => out_refund_no.to_owned(),
        }
    }
}

/// A story: who is in it, and what has happened. Everything it has made goes with it.
pub(crate) struct Story {
    /// Where the sandbox and the keyset lie, and the store if it is a file.
    folder: TempDir,
    config: Config,
    store: StoreUrl,
    sandbox: Option<Running>,
    service: Option<Service>,
    /// Where the gateway listens, each time.
    address: SocketAddr,
    /// The other side.
    pub(crate) control: Control,
    http: Client,
    shop: Shop,
    paid: Mutex<BTreeMap<(Shop, String), Value>>,
}

impl Story {
    /// A gateway and a sandbox in the morning; the direct merchant tells.
    pub(crate) async fn begin(scene: Scene) -> Story {
        Story::begin_in(scene, "").await
    }

    /// The same, in a world with these lines of its own.
    pub(crate) async fn begin_in(scene: Scene, world: &str) -> Story {
        let Scene { day, wire, kept } = scene;
        let world = match wire {
            Wire::V3 => world.to_owned(),
            Wire::V2 => format!("{world}{OVER_V2}"),
        };
        let unkind = match day {
            Day::Kind => None,
            Day::Unkind => Some(Unkind::Default),
        };
        Story::begin_with(unkind, &world, kept.database()).await
    }

    /// A kind day, with everything kept in the database of this address.
    pub(crate) async fn begin_on(database: &str) -> Story {
        Story::begin_with(None, "", Some(StoreUrl::parse(database).unwrap())).await
    }

    async fn begin_with(unkind: Option<Unkind>, world: &str, store: Option<StoreUrl>) -> Story {
        let clock = ClockMode::Virtual { from: MORNING.parse().unwrap() };
        let story = Story::set_up(clock, unkind, world, store).await;
        // A new owner starts with empty budgets, by this clock.
        story.control.advance("PT2S").await;
        story
    }

    /// A gateway and a sandbox by the wall's clock: answers can be slow there, and time passes by itself alone.
    pub(crate) async fn begin_in_real_time(kept: Kept, world: &str) -> Story {
        Story::set_up(ClockMode::Real, None, world, kept.database()).await
    }

    async fn set_up(clock: ClockMode, unkind: Option<Unkind>, world: &str, store: Option<StoreUrl>) -> Story {
        let folder = tempfile::tempdir().unwrap();
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let file = folder.path().join("world.toml");
        fs::write(&file, world).unwrap();
        let mut config = Config {
            listen: any,
            mtls_listen: any,
            control: any,
            data: folder.path().join("sandbox"),
            world: Some(file),
            seed: Some(1),
            clock,
            fresh: false,
            unkind,
        };
        // Certificates have their dates by the virtual clock; in real time new ones are made.
        if clock != ClockMode::Real {
            copy(made_keys().await, &config.data).unwrap();
        }
        let sandbox = start(config.clone()).await.unwrap();
        // A sandbox that is started again answers where it did.
        (config.listen, config.mtls_listen, config.control) = (sandbox.v3, sandbox.mtls, sandbox.control);
        let control = Control::at(sandbox.control);
        let store = store.unwrap_or_else(|| StoreUrl::Sqlite(folder.path().join("gateway.db")));
        let service = Service::start(&store, &config.data, None).await;
        Story {
            folder,
            config,
            store,
            sandbox: Some(sandbox),
            address: service.address(),
            service: Some(service),
            control,
            http: connections(),
            shop: DIRECT,
            paid: Mutex::default(),
        }
    }

    /// From here on this shop tells.
    pub(crate) fn now_tells(&mut self, shop: Shop) {
        self.shop = shop;
    }

    /// A user pays the shop.
    pub(crate) async fn pays(&self, out_trade_no: &str, fen: i64) -> Value {
        let mut payment = json!({
            "mchid": self.shop.mchid,
            "out_trade_no": out_trade_no,
            "amount": { "total": fen, "currency": "CNY" },
            "bank_type": "CFT",
        });
        if let Some(sub_mchid) = self.shop.sub_mchid {
            payment["sub_mchid"] = json!(sub_mchid);
        }
        let paid = self.control.pays(&payment).await;
        self.paid.lock().unwrap().insert((self.shop, out_trade_no.to_owned()), paid.clone());
        paid
    }

    /// The shop tells the gateway of a payment.
    pub(crate) async fn reports(&self, paid: &Value) -> Answer {
        let mut report = paid.clone();
        report.as_object_mut().unwrap().remove("mchid");
        self.tenant().post("/v1/payments", &report).await.unwrap()
    }

    /// The body of a refund of a part of an order that the shop was paid.
    pub(crate) fn refund(&self, out_refund_no: &str, out_trade_no: &str, fen: i64) -> Value {
        let paid = self.paid.lock().unwrap();
        let total = &paid[&(self.shop, out_trade_no.to_owned())]["amount"]["total"];
        json!({
            "out_trade_no": out_trade_no,
            "out_refund_no": out_refund_no,
            "amount": { "refund": fen, "total": total, "currency": "CNY" },
        })
    }

    /// The shop asks for a refund, and it is taken in.
    pub(crate) async fn refunds(&self, out_refund_no: &str, out_trade_no: &str, fen: i64) -> Value {
        let answer = self.asks(&self.refund(out_refund_no, out_trade_no, fen)).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        answer.body
    }

    /// The shop posts `body` to the gateway's refunds.
    pub(crate) async fn asks(&self, body: &Value) -> Answer {
        self.tenant().post("/v1/refunds", body).await.unwrap()
    }

    /// The shop asks and is ready to wait.
    pub(crate) async fn asks_and_waits(&self, seconds: u32, body: &Value) -> Answer {
        let prefer = format!("wait={seconds}");
        let body = body.to_string().into_bytes();
        self.tenant().send(Method::POST, "/v1/refunds", &[("Prefer", &prefer)], body).await.unwrap()
    }

    /// The shop looks at a refund of its own.
    pub(crate) async fn looks(&self, out_refund_no: &str) -> Answer {
        self.tenant().get(&format!("/v1/refunds/{out_refund_no}")).await.unwrap()
    }

    /// The shop does not want a refund any more.
    pub(crate) async fn cancels(&self, out_refund_no: &str) -> Answer {
        let path = format!("/v1/refunds/{out_refund_no}/cancel");
        self.tenant().post(&path, &json!({})).await.unwrap()
    }

    /// A refund as the gateway shows it.
    pub(crate) async fn shown(&self, out_refund_no: &str) -> Value {
        let answer = self.looks(out_refund_no).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    /// Where a refund stands.
    pub(crate) async fn status(&self, out_refund_no: &str) -> String {
        self.shown(out_refund_no).await["status"].as_str().unwrap().to_owned()
    }

    /// The causes in a refund's timeline, oldest first.
    pub(crate) async fn timeline(&self, out_refund_no: &str) -> Vec<Value> {
        let id = self.shown(out_refund_no).await["id"].as_str().unwrap().to_owned();
        let answer = self.tenant().get(&format!("/v1/refunds/{id}/timeline")).await.unwrap();
        answer.body["events"].as_array().unwrap_or_else(|| panic!("{answer:?}")).clone()
    }

    /// Time passes, and everything due by then is done.
    pub(crate) async fn advance(&self, by: &str) {
        let silent = self.control.advance(by).await;
        assert_eq!(silent, [""; 0], "the clock has waited in vain");
    }

    /// Everything due now is done.
    pub(crate) async fn settles(&self) {
        self.advance("PT0S").await;
    }

    /// From now on this goes wrong.
    pub(crate) async fn goes_wrong(&self, rule: Value) {
        self.control.goes_wrong(&rule).await;
    }

    /// The refund comes to this end within days, by itself.
    pub(crate) async fn ends(&self, out_refund_no: &str, end: &str) {
        let mut status = String::new();
        for step in STEPS {
            self.advance(step).await;
            status = self.status(out_refund_no).await;
            if status == end {
                return;
            }
        }
        let shown = self.shown(out_refund_no).await;
        assert_eq!(status, end, "{out_refund_no}: {shown}\n{:#?}", self.timeline(out_refund_no).await);
    }

    /// In real time: the refund comes to this status.
    pub(crate) async fn becomes(&self, out_refund_no: &str, status: &str) {
        let deadline = Instant::now() + LONGEST;
        while self.status(out_refund_no).await != status {
            let shown = self.shown(out_refund_no).await;
            assert!(Instant::now() < deadline, "{out_refund_no} is not {status}: {shown}");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// What WeChat Pay has done, counted again.
    pub(crate) async fn recount(&self) -> Recount {
        Recount::of(&self.control).await
    }

    /// How often WeChat Pay has taken a refund of the shop.
    pub(crate) async fn acceptances(&self, out_refund_no: &str) -> u64 {
        let number = self.shop.upstream(out_refund_no);
        self.recount().await.of_number(self.shop.mchid, &number).map_or(0, |counted| counted.acceptances)
    }

    /// How often WeChat Pay was asked for a refund of the shop.
    pub(crate) async fn requests(&self, out_refund_no: &str) -> u64 {
        let number = self.shop.upstream(out_refund_no);
        self.recount().await.of_number(self.shop.mchid, &number).map_or(0, |counted| counted.requests)
    }

    /// The shop with its key.
    pub(crate) fn tenant(&self) -> Tenant {
        self.with_key(self.shop.key())
    }

    /// The same, on connections that nobody else uses.
    pub(crate) fn tenant_apart(&self) -> Tenant {
        Tenant::new(&connections(), &self.service().url, self.key_of(self.shop.key()))
    }

    /// The shop at another gateway.
    pub(crate) fn tenant_at(&self, gateway: &Service) -> Tenant {
        Tenant::new(&self.http, &gateway.url, self.key_of(self.shop.key()))
    }

    /// Whoever holds the key of this merchant id or sub-merchant.
    pub(crate) fn with_key(&self, whose: &str) -> Tenant {
        Tenant::new(&self.http, &self.service().url, self.key_of(whose))
    }

    /// Whoever runs the gateway.
    pub(crate) fn operator(&self) -> Tenant {
        Tenant::new(&self.http, &self.service().url, &self.service().admin_key)
    }

    /// A file that the sandbox made for a merchant id.
    pub(crate) fn credential(&self, mchid: &str, file: &str) -> Vec<u8> {
        fs::read(self.sandbox_folder().join("credentials").join(mchid).join(file)).unwrap()
    }

    /// Where the sandbox keeps what it made.
    pub(crate) fn sandbox_folder(&self) -> &Path {
        &self.config.data
    }

    /// Somebody with a key that nobody gave out.
    pub(crate) fn stranger(&self) -> Tenant {
        Tenant::new(&self.http, &self.service().url, "tg_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    }

    /// The gateway ends in an orderly way.
    pub(crate) async fn gateway_stops(&mut self) {
        self.service.take().unwrap().stop().await;
    }

    /// A gateway starts on what the last one has left.
    pub(crate) async fn gateway_starts(&mut self) {
        let address = Some(self.address);
        self.service = Some(Service::start(&self.store, &self.config.data, address).await);
    }

    /// The same, on a store that fails as `failure` says; an error if the gateway does not start because of it. It listens
    /// elsewhere: where the last one did somebody else may by now, if that happens often enough.
    pub(crate) async fn gateway_starts_failing(
        &mut self,
        failure: Arc<dyn Failure>,
    ) -> Result<(), StartError> {
        let service = Service::start_failing(&self.store, &self.config.data, failure).await?;
        self.address = service.address();
        self.service = Some(service);
        Ok(())
    }

    /// Whichever gateway starts next finds this store.
    pub(crate) fn store_is(&mut self, store: StoreUrl) {
        self.store = store;
    }

    /// Whichever gateway starts next finds an empty store.
    pub(crate) fn store_is_new(&mut self) {
        let file = || TempDir::new_in(&self.folder).unwrap().keep().join("gateway.db");
        let kept = match self.store {
            StoreUrl::Sqlite(_) => Kept::InAFile,
            StoreUrl::Postgres(_) => Kept::OnAServer,
        };
        self.store_is(kept.database().unwrap_or_else(|| StoreUrl::Sqlite(file())));
    }

    /// The gateway ends, and one starts on an empty store that `cutter` stands between and the sandbox.
    pub(crate) async fn gateway_moves_behind(&mut self, cutter: &Cutter) {
        let mut ways = vec![];
        for target in [self.config.listen, self.config.mtls_listen] {
            ways.push((target, cutter.stand_before(target).await));
        }
        self.gateway_finds_the_sandbox(&ways).await;
    }

    /// The same, with `post` between. Through TLS it carries what the merchant id that tells sends.
    pub(crate) async fn requests_go_by(&mut self, post: &Post) {
        let (open, closed) = (self.config.listen, self.config.mtls_listen);
        let tls = Envelope::of(&self.config.data, self.mchid());
        let ways = [
            (open, post.stand_before(open, Envelope::Open).await),
            (closed, post.stand_before(closed, tls).await),
        ];
        self.gateway_finds_the_sandbox(&ways).await;
    }

    /// The gateway ends, and one starts on an empty store that finds the sandbox's addresses elsewhere.
    async fn gateway_finds_the_sandbox(&mut self, ways: &[(SocketAddr, SocketAddr)]) {
        self.gateway_stops().await;
        let file = self.config.data.join("world.json");
        let mut world = fs::read_to_string(&file).unwrap();
        for (target, before) in ways {
            assert!(world.contains(&target.to_string()), "{world}");
            world = world.replace(&target.to_string(), &before.to_string());
        }
        fs::write(&file, world).unwrap();
        self.store_is_new();
        self.gateway_starts().await;
        self.is_driven().await;
        self.advance("PT2S").await;
    }

    /// Comes back when somebody drives the merchant id that tells: time that passes before would pass without it.
    pub(crate) async fn is_driven(&self) {
        let deadline = Instant::now() + LONGEST;
        while !self.service().drives(self.mchid()) {
            assert!(Instant::now() < deadline, "nobody drives {}", self.mchid());
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// The gateway goes on elsewhere, and `post` brings it what is sent to where it was: the notifications of all refunds that
    /// have left it by now.
    pub(crate) async fn notifications_go_by(&mut self, post: &Post) {
        self.gateway_stops().await;
        let service = Service::start(&self.store, &self.config.data, None).await;
        post.stand_at(self.address, service.address(), Envelope::Open).await;
        self.address = service.address();
        self.service = Some(service);
    }

    /// The merchant id that tells.
    pub(crate) fn mchid(&self) -> &'static str {
        self.shop.mchid
    }

    /// One more gateway on the same store.
    pub(crate) async fn another_gateway(&self) -> Service {
        Service::start(&self.store, &self.config.data, None).await
    }

    /// The sandbox ends in an orderly way.
    pub(crate) async fn sandbox_stops(&mut self) {
        self.sandbox.take().unwrap().stop().await.unwrap();
    }

    /// The sandbox goes on where it was, and a gateway that runs has found its clock again: time that passes before would pass
    /// without it.
    pub(crate) async fn sandbox_starts(&mut self) {
        self.sandbox = Some(start(self.config.clone()).await.unwrap());
        self.control = Control::at(self.config.control);
        let deadline = Instant::now() + LONGEST;
        while self.service.is_some() && self.control.get("/control/clock").await["participants"] == json!([])
        {
            assert!(Instant::now() < deadline, "the gateway does not find the sandbox's clock again");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Whatever the story was: no number was paid twice or sent in two ways, and the platform's books hold. Both sides end.
    pub(crate) async fn closes(mut self) {
        let audit = self.control.get("/control/audit").await;
        assert_eq!(audit["violations"], json!([]));
        let recount = self.recount().await;
        assert_eq!(recount.gaps, [""; 0]);
        for (number, counted) in &recount.numbers {
            assert!(counted.acceptances <= 1 && counted.bodies.len() <= 1, "{number:?}: {counted:?}");
        }
        self.gateway_stops().await;
        self.sandbox_stops().await;
    }

    fn key_of(&self, whose: &str) -> &str {
        self.service().keys[whose].as_str().unwrap_or_else(|| panic!("no key of {whose}"))
    }

    /// The gateway that is asked.
    pub(crate) fn service(&self) -> &Service {
        self.service.as_ref().unwrap()
    }
}

/// A folder with the keys of the default world: making them is the slow part of a sandbox's first start.
async fn made_keys() -> &'static Path {
    static KEYS: OnceCell<PathBuf> = OnceCell::const_new();
    let keys = KEYS.get_or_init(async || {
        let keys = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("keys-{}", std::process::id()));
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let clock = ClockMode::Virtual { from: MORNING.parse().unwrap() };
        let config = Config {
            listen: any,
            mtls_listen: any,
            control: any,
            data: keys.clone(),
            world: None,
            seed: Some(1),
            clock,
            fresh: true,
            unkind: None,
        };
        start(config).await.unwrap().stop().await.unwrap();
        // What was played is forgotten; the keys stay.
        fs::remove_file(keys.join("state.json")).unwrap();
        keys
    });
    keys.await
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
