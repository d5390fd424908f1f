//! The people and things of the stories: a direct merchant, an institution, orders and refunds.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use jiff::{SignedDuration, Timestamp};
use refunds::batch::{Batch, BatchNo, Change, Entry, Epoch, OrderChange};
use refunds::intake::{Admission, NewRefund, Request};
use refunds::key::{Identity, NumberForm, OrderKey, RefundKey, UpstreamNo};
use refunds::order::OrderNames;
use refunds::outcome::{Evidence, OrderReport, Report, Standing};
use refunds::policy::Policy;
use refunds::refund::{Refund, RequestBytes};
use refunds::step::{Event, Rules, step};
use refunds::weight::Weight;
use store::Store;
use store::merchant::{Merchant, Mode};
use store::sqlite::SqliteStore;
use wechatpay::calendar::Calendar;
use wechatpay::ids::{Appid, Mchid, OutRefundNo, OutTradeNo, RefundId, SubMchid, TransactionId};
use wechatpay::money::{Currency, Money};
use wechatpay::v3::caller::Region;
use wechatpay::wire::Wire;

/// Lets a story happen.
pub(crate) fn run<T>(story: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(story)
}

/// A folder for one database, gone afterwards.
pub(crate) struct Place(PathBuf);

impl Place {
    pub(crate) fn new() -> Place {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let n = COUNTER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("tidegate-store-{}-{n}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Place(folder)
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("store.db")
    }

    /// A file of the database, by its ending.
    pub(crate) fn beside(&self, ending: &str) -> PathBuf {
        self.0.join(format!("store.db{ending}"))
    }

    pub(crate) fn open(&self) -> SqliteStore {
        SqliteStore::open(&self.file()).unwrap()
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What is left in a temporary folder does no harm.
        drop(std::fs::remove_dir_all(self.folder()));
    }
}

/// A small generator of numbers: the same seed gives the same story.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Chance {
        Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound.max(1)
    }
}

pub(crate) fn noon() -> Timestamp {
    "2026-03-02T12:00:00+08:00".parse().unwrap()
}

pub(crate) fn after_noon(seconds: i64) -> Timestamp {
    noon() + SignedDuration::from_secs(seconds)
}

pub(crate) fn direct() -> Mchid {
    Mchid::parse("1900000001").unwrap()
}

pub(crate) fn institution() -> Mchid {
    Mchid::parse("1900000002").unwrap()
}

pub(crate) fn sub(number: u8) -> SubMchid {
    SubMchid::parse(&format!("11{number:03}")).unwrap()
}

pub(crate) fn merchant(mchid: Mchid) -> Merchant {
    let (mode, number_form) = if mchid == direct() {
        (Mode::Direct, NumberForm::AsGiven)
    } else {
        (Mode::Institution, NumberForm::Prefixed)
    };
    let served = if mode == Mode::Direct { 1..1 } else { 1..4 };
    Merchant {
        mchid,
        mode,
        number_form,
        settlement_currency: Currency::USD,
        wire: Wire::V3,
        region: Region::Global,
        appid: Appid::parse("wx1900000001").unwrap(),
        api_hosts: vec![],
        is_sandbox: false,
        sub_merchants: served.map(|number| (sub(number), Weight::USUAL)).collect(),
    }
}

/// Sets up both merchant ids.
pub(crate) async fn set_up(store: &impl Store) {
    for mchid in [direct(), institution()] {
        store.put_merchant(merchant(mchid)).await.unwrap();
    }
}

fn ulid(n: u64) -> String {
    format!("{n:026}")
}

pub(crate) fn refund_key(mchid: &Mchid, n: u64) -> RefundKey {
    RefundKey::new(mchid, &ulid(n)).unwrap()
}

pub(crate) fn order_key(mchid: &Mchid, n: u64) -> OrderKey {
    OrderKey::new(mchid, &ulid(n)).unwrap()
}

pub(crate) fn by_number(number: &str) -> OrderNames {
    OrderNames { out_trade_no: Some(OutTradeNo::parse(number).unwrap()), transaction_id: None }
}

pub(crate) fn by_id(id: &str) -> OrderNames {
    OrderNames { out_trade_no: None, transaction_id: Some(TransactionId::parse(id).unwrap()) }
}

/// The `n`-th refund: of a direct merchant, 3.00 of order `T1` over 100.00, unless a story says otherwise.
pub(crate) fn new_refund(n: u64) -> NewRefund {
    refund_of(&direct(), None, n)
}

pub(crate) fn refund_of(mchid: &Mchid, sub_mchid: Option<SubMchid>, n: u64) -> NewRefund {
    let identity = Identity {
        mchid: mchid.clone(),
        sub_mchid,
        out_refund_no: OutRefundNo::parse(&format!("R{n}")).unwrap(),
    };
    let form = merchant(mchid.clone()).number_form;
    NewRefund {
        key: refund_key(mchid, n),
        order_key: order_key(mchid, n),
        upstream_no: UpstreamNo::of(&identity, form).unwrap(),
        request: Request {
            identity,
            order: by_number("T1"),
            amount: Money::fen(300),
            total: Money::fen(10_000),
            reason: Some("broken".into()),
            deadline: None,
            notify_url: None,
            metadata: None,
            adopt: None,
            found: false,
        },
        bytes: RequestBytes::new(Wire::V3, format!("request {n}").as_bytes()),
        at: after_noon(i64::try_from(n).unwrap()),
    }
}

/// Takes in a refund that must be admitted.
pub(crate) async fn admitted(store: &impl Store, new: NewRefund) -> Refund {
    let admitted = store.admit(new).await.unwrap();
    let Admission::Admitted { refund, .. } = admitted.admission else { panic!("{admitted:?}") };
    *refund
}

pub(crate) fn report(standing: Standing) -> Report {
    Report {
        standing,
        refund_id: RefundId::parse("5030000").unwrap(),
        amount: Money::fen(300),
        accepted_at: Some(noon()),
        payer_refund: None,
        succeeded_at: None,
        received_in: Some("招商银行信用卡0403".into()),
    }
}

pub(crate) fn order_report(number: &str, id: &str) -> OrderReport {
    OrderReport {
        out_trade_no: OutTradeNo::parse(number).unwrap(),
        transaction_id: TransactionId::parse(id).unwrap(),
        total: Money::fen(10_000),
        payer_total: None,
        paid_at: Some(noon()),
    }
}

/// A batch in which nothing is decided yet.
pub(crate) fn batch(mchid: &Mchid, epoch: Epoch) -> Batch {
    Batch {
        number: BatchNo(1),
        mchid: mchid.clone(),
        epoch,
        consumed: vec![],
        changes: vec![],
        orders: vec![],
        pools: vec![],
        postings: vec![],
        contributions: vec![],
        merchant: None,
    }
}

/// What an owner would decide if `event` happened to `refund`; none if that changes nothing.
pub(crate) fn change(refund: &Refund, event: Event, now: Timestamp) -> Option<Change> {
    let (policy, calendar) = (Policy::default(), Calendar::bundled());
    let stepped = step(refund, event, now, Rules { policy: &policy, calendar: &calendar })?;
    let after = stepped.refund;
    let entry = Entry {
        n: after.version,
        at: now,
        cause: stepped.cause,
        from: refund.state.name(),
        to: after.state.name(),
        attempts: after.attempts.count,
        evidence: Evidence {
            request_id: Some("08F7".into()),
            answer: Some("200".into()),
            certificate: Some("5157F09EFDC096DE15EBE81A47057A7232F1B8E1".into()),
        },
    };
    Some(Change {
        expected_version: refund.version,
        entries: vec![entry],
        place_before: refund.place(),
        need_before: refund.need.high,
        place: after.place(),
        refund: after,
    })
}

/// The first attempt of a refund.
pub(crate) fn released(refund: &Refund, now: Timestamp) -> Change {
    change(refund, Event::Released { signed_at: now }, now).unwrap()
}

/// A change of what an order's refunds reserve.
pub(crate) fn freed(order: &OrderKey, amount: i64) -> OrderChange {
    OrderChange { reserved: -amount, reserved_count: -1, ..OrderChange::of(order.clone()) }
}
