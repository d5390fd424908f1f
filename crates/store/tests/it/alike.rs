//! All stores are told the same, at random, and must say the same.

use proptest::prelude::*;
use refunds::batch::{Absorbed, Batch, Epoch, IntakeSeq, MerchantState, OrderChange, PoolDay};
use refunds::intake::Command;
use refunds::order::{OrderFacts, OrderNames, Source};
use refunds::outcome::{QueryOutcome, Standing};
use refunds::owner::OpenAfter;
use refunds::pool::contribution::Contribution;
use refunds::pool::exchange::Night;
use refunds::pool::ledger::{Movement, Posting};
use refunds::pool::past::Promises;
use refunds::pool::price::Spent;
use refunds::pool::told::Told;
use refunds::refund::{Refund, Why, Withdrawal};
use refunds::step::Event;
use store::Store;
use store::intake::{NewNotice, NewPastDay, NewPayment};
use store::memory::MemoryStore;
use store::postgres::{Isolation, PostgresStore};
use store::reading::{Cursor, Listing, PaidListing, Scope};
use store::sqlite::SqliteStore;
use wechatpay::china::ChinaDay;
use wechatpay::ids::{Mchid, OutTradeNo, SubMchid, TransactionId};
use wechatpay::money::{Currency, Money};

use crate::deciding::outcomes;
use crate::pool_days::past_day;
use crate::world::{
    Place, after_noon, batch, change, direct, freed, institution, noon, order_key, order_report, refund_key,
    refund_of, report, run, set_up, sub,
};

/// One thing that happens, by four numbers.
type Deed = (u8, u8, u8, u8);

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_all_stores_say_the_same(deeds in prop::collection::vec(any::<Deed>(), 1..60)) {
        let place = Place::new();
        let triplets = Triplets {
            memory: MemoryStore::default(),
            sqlite: place.open(),
            postgres: crate::postgres::open(Isolation::ReadCommitted),
        };
        run(async {
            set_up(&triplets.memory).await;
            set_up(&triplets.sqlite).await;
            set_up(&triplets.postgres).await;
            for (n, deed) in deeds.into_iter().enumerate() {
                triplets.happen(n as u64, deed).await;
            }
            for mchid in [direct(), institution()] {
                triplets.compare(&mchid).await;
            }
        });
    }
}

struct Triplets {
    memory: MemoryStore,
    sqlite: SqliteStore,
    postgres: PostgresStore,
}

/// Does the same to all and passes on what all said.
macro_rules! each {
    ($triplets:expr, $operation:ident($($argument:expr),*)) => {{
        let one = $triplets.memory.$operation($($argument),*).await;
        assert_eq!(one, $triplets.sqlite.$operation($($argument),*).await, stringify!($operation));
        assert_eq!(one, $triplets.postgres.$operation($($argument),*).await, stringify!($operation));
        one
    }};
}

fn names(pick: u8) -> OrderNames {
    let out_trade_no = OutTradeNo::parse(&format!("T{}", pick / 4 % 3)).unwrap();
    let transaction_id = TransactionId::parse(&format!("42{}", pick / 16 % 3)).unwrap();
    match pick % 4 {
        0 | 1 => OrderNames { out_trade_no: Some(out_trade_no), transaction_id: None },
        2 => OrderNames { out_trade_no: None, transaction_id: Some(transaction_id) },
        _ => OrderNames { out_trade_no: Some(out_trade_no), transaction_id: Some(transaction_id) },
    }
}

fn whose(pick: u8) -> (Mchid, Option<SubMchid>) {
    match pick % 4 {
        0 | 1 => (direct(), None),
        other => (institution(), Some(sub(other))),
    }
}

impl Triplets {
    async fn happen(&self, n: u64, (what, a, b, c): Deed) {
        match what % 14 {
            0..=3 => self.take_in(n, a, b, c).await,
            4 => self.report_payment(n, a, b, c).await,
            5 => self.arrive(n, a, b, c).await,
            6 if b.is_multiple_of(2) => {
                each!(self, take_ownership(&whose(a).0, "node")).unwrap();
            }
            6 => {
                let since = Epoch(u64::from(c % 4));
                each!(self, take_over(&whose(a).0, "another", since)).unwrap();
            }
            7..=9 => self.decide(a, b, c).await,
            10 | 11 => self.tell_of_a_past_day(a, b, c).await,
            _ => self.merge(a, b, c).await,
        }
    }

    async fn take_in(&self, n: u64, a: u8, b: u8, c: u8) {
        let (mchid, sub_mchid) = whose(a);
        let mut new = refund_of(&mchid, sub_mchid, u64::from(b % 24));
        // Mostly new keys; sometimes one that may be in use.
        let number = if c.is_multiple_of(16) { u64::from(b) } else { 1_000 + n };
        (new.key, new.order_key) = (refund_key(&mchid, number), order_key(&mchid, number));
        new.request.order = names(c);
        new.request.amount = Money::fen(i64::from(a) * i64::from(b % 8) + 1);
        new.request.deadline = (b.is_multiple_of(3)).then(|| after_noon(i64::from(c)));
        new.request.adopt = (a.is_multiple_of(32)).then(|| new.upstream_no.clone());
        new.request.found = b.is_multiple_of(5) && new.request.adopt.is_none();
        new.at = after_noon(i64::from(c % 8));
        each!(self, admit(new.clone())).ok();
    }

    async fn report_payment(&self, n: u64, a: u8, b: u8, c: u8) {
        let (mchid, sub_mchid) = whose(a);
        let source = [Source::Claimed, Source::Reported, Source::Platform][usize::from(c % 3)];
        let total = Money::fen(if b.is_multiple_of(4) { 9_000 } else { 10_000 });
        let payer_total = (c.is_multiple_of(2)).then(|| Money::new(1_234, Currency::HKD));
        let paid_at = Some(after_noon(i64::from(b / 64)));
        let facts = OrderFacts { total, payer_total, paid_at, bank_type: None };
        let order_key = order_key(&mchid, 2_000 + n);
        let new = NewPayment { mchid, sub_mchid, names: names(b), facts, source, order_key, at: noon() };
        each!(self, report_payment(new.clone())).unwrap();
    }

    async fn tell_of_a_past_day(&self, a: u8, b: u8, c: u8) {
        let pool = if a.is_multiple_of(4) { Currency::HKD } else { Currency::CNY };
        let source = [Source::Claimed, Source::Reported, Source::Platform][usize::from(c % 3)];
        let day = ChinaDay::of(noon()).plus_days(-i32::from(b % 3));
        let new = NewPastDay { mchid: whose(a).0, ..past_day(pool, day, i64::from(c % 2), source) };
        each!(self, record_past_day(new.clone())).unwrap();
    }

    async fn arrive(&self, n: u64, a: u8, b: u8, c: u8) {
        let (mchid, sub_mchid) = whose(a);
        let command =
            [Command::Cancel(Withdrawal::Operator), Command::Retry, Command::Check][usize::from(c % 3)];
        match c % 4 {
            0 => {
                each!(self, pause(&mchid, b.is_multiple_of(2), noon())).unwrap();
            }
            1 => {
                each!(self, command(&mchid, &refund_key(&mchid, 1_000 + u64::from(b % 8)), command, noon()))
                    .ok();
            }
            _ => {
                let notice = NewNotice {
                    upstream_no: refund_of(&mchid, sub_mchid, u64::from(b % 24)).upstream_no,
                    mchid,
                    id: format!("EV-{}", n % 4),
                    report: c.is_multiple_of(2).then(|| report(Standing::Processing)),
                    raw: vec![a, b, c],
                    at: noon(),
                };
                each!(self, notice(notice.clone())).unwrap();
            }
        }
    }

    async fn decide(&self, a: u8, b: u8, c: u8) {
        let (mchid, _) = whose(a);
        let mut decided = self.batch(&mchid, b).await;
        let page = each!(self, intake(&mchid, usize::from(b % 4))).unwrap();
        decided.consumed = page.items.iter().map(|item| item.seq).collect();
        if b % 16 == 3 {
            decided.consumed.push(IntakeSeq(1));
        }
        let listed = each!(self, list(Listing::of(mchid.clone(), 100))).unwrap().refunds;
        let now = after_noon(i64::from(b));
        for (nth, refund) in listed.iter().enumerate() {
            if (nth + usize::from(c)).is_multiple_of(3)
                && let Some(mut changed) = change(refund, event(refund, a.wrapping_add(c), now), now)
            {
                if b % 32 == 7 {
                    changed.expected_version += 1;
                }
                let counted = i64::from(changed.refund.is_counted()) - i64::from(refund.is_counted());
                let is_new = decided.orders.iter().all(|change| change.order != refund.order);
                if counted < 0 && is_new {
                    decided.orders.push(freed(&refund.order, refund.amount.minor()));
                }
                decided.changes.push(changed);
            }
        }
        let look = Told { at: now, brought: i64::from(c), seen: i64::from(b), enough: a.is_multiple_of(2) };
        decided.pools = vec![PoolDay {
            pool: Currency::CNY,
            day: ChinaDay::of(noon()).plus_days(-i32::from(a % 2)),
            confirmed: i64::from(a),
            reported: 0,
            accepted: i64::from(b),
            returned: 0,
            told: vec![look; usize::from(c % 3)],
            promises: Promises { kept: u32::from(a), broken: u32::from(b) },
            spent: Spent { refusals: u32::from(b), hours: u32::from(c) },
            night: Night {
                drawn: i64::from(b),
                refundable_at: a.is_multiple_of(2).then_some(u32::from(b)),
                gone_at: c.is_multiple_of(2).then_some(u32::from(a)),
            },
            kept_for: listed.first().filter(|_| c.is_multiple_of(2)).map(|refund| refund.key.clone()),
        }];
        let movement = [Movement::Paid, Movement::Accepted, Movement::Succeeded, Movement::Returned];
        decided.postings = (0..c % 3)
            .map(|n| Posting {
                pool: if a.is_multiple_of(8) { Currency::HKD } else { Currency::CNY },
                day: ChinaDay::of(noon()).plus_days(-i32::from(n)),
                movement: movement[usize::from(b % 4)],
                amount: i64::from(a % 4) - 1,
            })
            .collect();
        let pool = if c.is_multiple_of(2) { Currency::CNY } else { Currency::HKD };
        decided.contributions = vec![Contribution {
            judged: i64::from(a),
            confirmed: i64::from(b),
            unchecked: i64::from(c),
            brought: -i64::from(b),
            brought_before: i64::from(b),
            ..Contribution::none((pool, whose(b).1), ChinaDay::of(noon()))
        }];
        decided.merchant = (c.is_multiple_of(5))
            .then_some(MerchantState { paused: a.is_multiple_of(2), ..MerchantState::default() });
        each!(self, commit(decided.clone())).ok();
    }

    async fn merge(&self, a: u8, b: u8, c: u8) {
        let (mchid, sub_mchid) = whose(a);
        let report = order_report(&format!("T{}", b % 3), &format!("42{}", c % 3));
        let both_names = OrderNames {
            out_trade_no: Some(report.out_trade_no.clone()),
            transaction_id: Some(report.transaction_id.clone()),
        };
        let Some(found) = each!(self, order(&mchid, sub_mchid.as_ref(), &both_names)).unwrap() else {
            return;
        };
        let survivor = found.order;
        let namesakes = each!(self, namesakes(&survivor.key, sub_mchid.as_ref(), &report)).unwrap();
        let mut decided = self.batch(&mchid, b).await;
        let others = namesakes.page.orders.iter().filter(|order| order.key != survivor.key);
        let absorbs = others
            .map(|order| Absorbed { order: order.key.clone(), expected_version: order.version })
            .collect();
        decided.orders = vec![OrderChange {
            learned: (a % 8 != 1).then_some(report),
            looked_up: true,
            // Sometimes the owner forgets those rows: then the names collide.
            absorbs: if c % 8 == 5 { vec![] } else { absorbs },
            expected_version: Some(survivor.version),
            ..OrderChange::of(survivor.key)
        }];
        each!(self, commit(decided.clone())).ok();
    }

    /// A batch of the newest owner, or of one that was replaced.
    async fn batch(&self, mchid: &Mchid, pick: u8) -> Batch {
        let holding = each!(self, holding(mchid, ChinaDay::of(noon()))).unwrap();
        let Epoch(epoch) = holding.epoch;
        batch(mchid, Epoch(if pick % 16 == 5 { epoch + 1 } else { epoch }))
    }

    async fn compare_days(&self, mchid: &Mchid) {
        let today = ChinaDay::of(noon());
        for limit in [0, 1, 2, 9] {
            each!(self, past_days(mchid, limit)).unwrap();
        }
        for pool in [Currency::CNY, Currency::HKD] {
            each!(self, pool_days(mchid, pool, today.plus_days(-1)..=today)).unwrap();
            each!(self, pool_days(mchid, pool, today..=today)).unwrap();
            each!(self, ledger(mchid, pool)).unwrap();
            each!(self, reconciliations(mchid, pool, 2)).unwrap();
        }
    }

    async fn compare_books(&self, mchid: &Mchid) {
        let counted = each!(self, recount_ledger(mchid)).unwrap();
        each!(self, rebuild_ledger(mchid)).unwrap();
        let mut kept = each!(self, ledger(mchid, Currency::CNY)).unwrap();
        kept.extend(each!(self, ledger(mchid, Currency::HKD)).unwrap());
        assert_eq!(kept, counted);
    }

    async fn compare_payments(&self, mchid: &Mchid) {
        let mut after = None;
        loop {
            let listing =
                PaidListing { mchid: mchid.clone(), from: noon(), until: after_noon(3), after, limit: 2 };
            after = each!(self, payments(listing.clone())).unwrap().next;
            if after.is_none() {
                break;
            }
        }
    }

    /// Asks all of them everything.
    async fn compare(&self, mchid: &Mchid) {
        each!(self, holding(mchid, ChinaDay::of(noon()))).unwrap();
        each!(self, merchant_state(mchid)).unwrap();
        each!(self, intake(mchid, 1_000)).unwrap();
        each!(self, due(mchid, after_noon(50), 3)).unwrap();
        each!(self, due(mchid, after_noon(1_000_000), 1_000)).unwrap();
        for limit in [0, 1, 5, 1_000] {
            each!(self, front(mchid, limit)).unwrap();
        }
        let mut walked = None;
        while let Some(last) = {
            let page = each!(self, open_refunds(mchid, walked.as_ref(), 2)).unwrap();
            page.page.refunds.last().filter(|_| page.more).map(OpenAfter::of)
        } {
            walked = Some(last);
        }
        let mut before = None;
        while let Some(last) = each!(self, recent_orders(mchid, before.as_ref(), 3)).unwrap().pop() {
            before = Some(last.key);
        }
        each!(self, feed(mchid, 0, 1_000)).unwrap();
        each!(self, counts(mchid)).unwrap();
        each!(self, waiting(mchid)).unwrap();
        self.compare_days(mchid).await;
        self.compare_books(mchid).await;
        self.compare_payments(mchid).await;
        let refunds = each!(self, list(Listing::of(mchid.clone(), 1_000))).unwrap().refunds;
        let keys: Vec<_> = refunds.iter().map(|refund| refund.key.clone()).collect();
        each!(self, refunds(&keys)).unwrap();
        each!(self, requests(&keys)).unwrap();
        let orders: Vec<_> = refunds.iter().map(|refund| refund.order.clone()).collect();
        each!(self, orders(&orders)).unwrap();
        for (limit, oldest_first) in [(3, true), (1_000, true), (3, false)] {
            let after = refunds
                .get(2)
                .map(|refund| Cursor { created_at: refund.created_at, key: refund.key.clone() });
            let until = Some(after_noon(6));
            let listing = Listing { after, until, oldest_first, ..Listing::of(mchid.clone(), limit) };
            each!(self, list(listing.clone())).unwrap();
        }
        for refund in &refunds {
            each!(self, refund(&refund.key)).unwrap();
            each!(self, request(&refund.key)).unwrap();
            each!(self, timeline(&refund.key)).unwrap();
            each!(self, notices(mchid, &refund.upstream_no, 2)).unwrap();
            each!(self, refunds_by_number(mchid, Scope::All, &refund.identity.out_refund_no)).unwrap();
        }
        for pick in 0..48 {
            each!(self, order(mchid, whose(pick).1.as_ref(), &names(pick))).unwrap();
            let order = each!(self, order(mchid, Some(&sub(2)), &names(pick))).unwrap();
            let order = order.map(|found| found.order.key);
            let state = (pick.is_multiple_of(2)).then(|| "queued".to_owned());
            each!(
                self,
                list(Listing { order: order.clone(), state: state.clone(), ..Listing::of(mchid.clone(), 2) })
            )
            .unwrap();
        }
    }
}

fn event(refund: &Refund, pick: u8, now: jiff::Timestamp) -> Event {
    let attempt = refund.attempts.count;
    match pick % 8 {
        0 | 1 => Event::Released { signed_at: now },
        2 => Event::Held { why: Why::Funds, not_before: Some(now) },
        3 | 4 => Event::Answered { attempt, outcome: outcomes()[usize::from(pick / 8 % 6)].clone() },
        5 => Event::Asked { asked_at: now, outcome: QueryOutcome::Found(report(standing(pick))) },
        6 => Event::Withdrawn(Withdrawal::Tenant),
        _ => Event::Asked { asked_at: now, outcome: QueryOutcome::Absent },
    }
}

fn standing(pick: u8) -> Standing {
    [Standing::Processing, Standing::Succeeded, Standing::Closed, Standing::Abnormal]
        [usize::from(pick / 8 % 4)]
}
