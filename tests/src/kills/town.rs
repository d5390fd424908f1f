//! Everything that outlives the gateways of a run, and how it goes on: users pay, tills ask, time passes.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use platform::chance::Chance;
use sandbox::serve::{ClockMode, Config, Running};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::book::Book;
use super::figures::Figures;
use super::tills::Tills;
use super::trade::{SHOPS, Shop, Trade, WORLD};
use crate::control::Control;

/// A Monday, 09:00 in Beijing: the day of the payments. The refunds come on the Tuesday, when that money is exchanged.
const MONDAY: Timestamp = Timestamp::constant(1_767_574_800, 0);

/// How many days time runs on at most. The slowest bank takes five business days.
const LAST_DAY: usize = 20;

/// How often it is looked whether something has come about.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How long a gateway that is ready may take to write its keys down.
const KEYS_WITHIN: Duration = Duration::from_secs(20);

/// The greatest number of tills that ask at once.
const LARGEST_RUSH: u64 = 16;

/// How many refunds are asked for again after each kill.
const ASKED_AGAIN: u64 = 3;

/// What is there before the first gateway: a sandbox in which a day of payments has gone by.
pub(super) struct Ground {
    pub(super) folder: TempDir,
    /// The sandbox's folder.
    pub(super) data: PathBuf,
    pub(super) control: Control,
    pub(super) trade: Arc<Trade>,
    paid: Vec<Value>,
    _sandbox: Running,
}

impl Ground {
    pub(super) async fn prepare(figures: &Figures) -> Ground {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let data = folder.path().join("sandbox");
        let sandbox = sandbox::serve::start(sandbox_config(figures, folder.path(), &data)).await;
        let sandbox = sandbox.unwrap_or_else(|error| panic!("the sandbox does not start: {error}"));
        let control = Control::at(sandbox.control);
        let trade = Arc::new(Trade::of(figures));
        let paid = pay(&control, &trade).await;
        control.advance("P1D").await;
        Ground { folder, data, control, trade, paid, _sandbox: sandbox }
    }
}

/// Everything that outlives the gateways of a run.
#[derive(Debug, Clone)]
pub(super) struct Town {
    figures: Figures,
    pub(super) chance: Chance,
    pub(super) control: Control,
    pub(super) trade: Arc<Trade>,
    pub(super) book: Arc<Book>,
    pub(super) tills: Tills,
    /// Whether time passes while the tills ask.
    pub(super) time_passes: bool,
    /// How many refunds may be asked for by now.
    pub(super) allowed: Arc<watch::Sender<usize>>,
    /// Whether every refund has been asked for.
    pub(super) all_asked: Arc<watch::Sender<bool>>,
    /// Whether every gateway that should end under load has ended.
    pub(super) all_ended: Arc<watch::Sender<bool>>,
}

impl Town {
    /// The tills open: they ask the gateways at `urls`, of which one is ready, and first tell of the payments.
    pub(super) async fn begin(ground: &Ground, figures: Figures, urls: Vec<String>) -> Town {
        let Ground { data, control, trade, paid, .. } = ground;
        let book = Arc::new(Book::new(figures.refunds));
        let tills = Tills::new(trade.clone(), paid.clone(), book.clone(), urls, &keys(data).await);
        for (order, paid) in trade.orders.iter().zip(paid).filter(|(order, _)| order.is_reported) {
            debug_assert_eq!(paid["out_trade_no"], order.out_trade_no.as_str());
            tills.report(paid).await;
        }
        Town {
            figures,
            chance: Chance::new(figures.seed),
            control: control.clone(),
            trade: trade.clone(),
            book,
            tills,
            time_passes: true,
            allowed: Arc::new(watch::Sender::new(usize::MAX)),
            all_asked: Arc::default(),
            all_ended: Arc::default(),
        }
    }

    /// After the `n`-th kill some tills come back with what was acknowledged already.
    pub(super) fn come_back(&self, n: usize, returning: &mut JoinSet<()>) {
        let pages = self.book.pages();
        let known: Vec<usize> =
            (0..pages.len()).filter(|&refund| pages[refund].acknowledged.is_some()).collect();
        for k in 0..ASKED_AGAIN {
            let drawn = self.chance.below(known.len() as u64, "asked again", &k.to_string(), n as u64);
            if let Some(&refund) = usize::try_from(drawn).ok().and_then(|drawn| known.get(drawn)) {
                let tills = self.tills.clone();
                returning.spawn(async move { tills.ask_again(refund).await });
            }
        }
    }

    /// The tills ask for everything, some at once, while users pay and time goes by. Then time goes by without them, until
    /// every gateway has had its end.
    pub(super) async fn rush(self) {
        let (mut next, mut rush) = (0, 0);
        while next < self.figures.refunds {
            let draw = |limit, purpose: &str| self.chance.below(limit, purpose, "", rush);
            let size = usize::try_from(1 + draw(LARGEST_RUSH, "size of a rush")).unwrap_or(1);
            let asked = next..self.figures.refunds.min(next + size);
            next = asked.end;
            let mut allowed = self.allowed.subscribe();
            allowed.wait_for(|allowed| *allowed >= next).await.expect("the sender is ours");
            let mut tills = JoinSet::new();
            for n in asked.clone() {
                let till = self.tills.clone();
                tills.spawn(async move { till.ask(n).await });
            }
            let fen = asked.map(|n| self.trade.wishes[n].fen).sum();
            // Sometimes nobody pays for a while, and refunds have to wait.
            let percent = [0, 0, 50, 100, 200][usize::try_from(draw(5, "trade")).unwrap_or(0)];
            self.trade_goes_on(fen, percent, &format!("rush {rush}")).await;
            tills.join_all().await;
            if self.time_passes && draw(3, "time passes") > 0 {
                self.control.advance(&format!("PT{}S", 1 + draw(30, "seconds"))).await;
            }
            rush += 1;
        }
        self.all_asked.send_replace(true);
        while !*self.all_ended.borrow() {
            self.trade_goes_on(self.trade.wishes[0].fen, 100, &format!("rush {rush}")).await;
            self.control.advance("PT10M").await;
            rush += 1;
        }
    }

    /// Users pay the merchants `percent` of `fen`, all of them together. Every second payment is reported to the gateway.
    async fn trade_goes_on(&self, fen: i64, percent: i64, when: &str) {
        for (n, shop) in SHOPS.iter().enumerate().filter(|_| percent > 0) {
            let fen = (fen * percent / 100 / SHOPS.len() as i64).max(1);
            let paid = self.control.pays(&payment(shop.mchid, shop.sub_mchid, None, fen, "CFT")).await;
            if self.chance.happens(500_000, "reported payment", when, n as u64) {
                self.tills.report(&paid).await;
            }
        }
    }

    /// Comes back when the gateway at `url` has written something down: a payment.
    pub(super) async fn has_written(&self, url: String) {
        let Shop { mchid, sub_mchid } = SHOPS[0];
        let paid = self.control.pays(&payment(mchid, sub_mchid, None, 1, "CFT")).await;
        self.tills.at(url).report(&paid).await;
    }

    /// Time runs on, with trade every day, until every refund has come to its end. Gives how many days it took.
    pub(super) async fn days(self) -> usize {
        let mut open: Vec<usize> = (0..self.trade.wishes.len()).collect();
        for day in 0..LAST_DAY {
            // Whoever has come to an end stays there, or the judge says that it did not.
            open = self.still_open(open).await;
            if open.is_empty() {
                return day;
            }
            let of_all: i64 = self.trade.wishes.iter().map(|wish| wish.fen).sum();
            self.trade_goes_on(of_all, 200, &format!("day {day}")).await;
            for _ in 0..6 {
                self.control.advance("PT4H").await;
            }
        }
        LAST_DAY
    }

    /// Those of `refunds` that were acknowledged and are not at their end.
    async fn still_open(&self, refunds: Vec<usize>) -> Vec<usize> {
        let (pages, mut open) = (self.book.pages(), vec![]);
        for n in refunds {
            let Some(acknowledged) = &pages[n].acknowledged else { continue };
            let shop = self.trade.order(&self.trade.wishes[n]).shop;
            let shown = self.tills.look(shop, &acknowledged.id).await;
            if !super::judge::ENDS.iter().any(|(end, _)| shown.text("status") == *end) {
                open.push(n);
            }
        }
        open
    }
}

fn sandbox_config(figures: &Figures, folder: &Path, data: &Path) -> Config {
    let world = folder.join("world.toml");
    std::fs::write(&world, WORLD).expect("a temporary folder can be written to");
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    Config {
        listen: any,
        mtls_listen: any,
        control: any,
        data: data.to_owned(),
        world: Some(world),
        seed: Some(figures.seed),
        clock: ClockMode::Virtual { from: MONDAY },
        fresh: false,
        unkind: None,
    }
}

/// The orders of `trade` are paid; gives them as they were.
async fn pay(control: &Control, trade: &Trade) -> Vec<Value> {
    let mut paid = Vec::new();
    for order in &trade.orders {
        let number = Some(order.out_trade_no.as_str());
        let (mchid, sub_mchid) = (order.shop.mchid, order.shop.sub_mchid);
        paid.push(control.pays(&payment(mchid, sub_mchid, number, order.total, order.bank_type)).await);
    }
    paid
}

fn payment(mchid: &str, sub_mchid: Option<&str>, number: Option<&str>, fen: i64, bank_type: &str) -> Value {
    let mut payment = json!({
        "mchid": mchid,
        "amount": { "total": fen, "currency": "CNY" },
        "bank_type": bank_type,
    });
    for (name, value) in [("sub_mchid", sub_mchid), ("out_trade_no", number)] {
        if let Some(value) = value {
            payment[name] = json!(value);
        }
    }
    payment
}

/// The API keys of the gateway in its own file for the sandbox in `data`, which it writes once it takes requests.
async fn keys(data: &Path) -> Value {
    let deadline = Instant::now() + KEYS_WITHIN;
    loop {
        let text = std::fs::read(data.join("gateway.json")).unwrap_or_default();
        if let Ok(file) = serde_json::from_slice::<Value>(&text) {
            return file["keys"].clone();
        }
        assert!(Instant::now() < deadline, "a gateway that is ready writes `gateway.json`");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
