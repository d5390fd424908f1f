//! The invariants of the money, I1 to I10 of [operations 1.2], as functions that name what is wrong.
//!
//! [`pool_holds`] and [`order_holds`] are cheap and run after every event on what it touched. [`all`] recounts
//! everything from the journals and runs on demand.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wechatpay::china::ChinaDay;
use wechatpay::ids::{Mchid, OutRefundNo, OutTradeNo};
use wechatpay::money::Currency;

use crate::ledger::{Account, Event, Ledger, Subject};
use crate::order::{Order, OrderIndex, OrderState};
use crate::platform::Platform;
use crate::pool::{DayBook, Exchange, Pool, PoolModel, PoolOwner};
use crate::refund::{RefundIndex, RefundStatus};
use crate::wire;

/// Something that must never be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// What kind.
    pub kind: Kind,
    /// Whose.
    #[serde(with = "wire::text")]
    pub mchid: Mchid,
    /// Which order, if one.
    #[serde(default, with = "wire::option", skip_serializing_if = "Option::is_none")]
    pub out_trade_no: Option<OutTradeNo>,
    /// Which refund, if one.
    #[serde(default, with = "wire::option", skip_serializing_if = "Option::is_none")]
    pub out_refund_no: Option<OutRefundNo>,
    /// The figures.
    pub text: String,
}

/// The kinds of violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// I1: a currency's accounts do not add up to zero, or differ from the journal.
    BooksUnbalanced,
    /// I2: a pool below zero, or money left in a day after its lock.
    PoolNegative,
    /// I3: the open account differs from the day's payments and refunds.
    PoolDiffersFromDay,
    /// I4: more refunded than paid, in either currency, or more often than allowed.
    OverRefunded,
    /// I5: the money on its way differs from the refunds on their way.
    TransitDiffers,
    /// I6: money entered a past day or came back from the settlement pool.
    MoneyFlowedBack,
    /// I7: a number that was only ever refused has moved money.
    RefusalLeftTrace,
    /// I8: one number was accepted more than once.
    PaidTwice,
    /// I9: the rows of a day's bill differ from what was exchanged.
    BillDiffers,
    /// I10: the settlement pool differs from proceeds less fees and payouts.
    SettlementDiffers,
    /// The books refused a posting of the platform's.
    PostingRefused,
    /// The recount owes the payer another amount than was moved.
    AmountDiffers,
}

impl Violation {
    pub(crate) fn of_pool(kind: Kind, owner: &PoolOwner, text: String) -> Violation {
        Violation { kind, mchid: owner.mchid.clone(), out_trade_no: None, out_refund_no: None, text }
    }

    pub(crate) fn of_order(kind: Kind, order: &Order, text: String) -> Violation {
        let (mchid, out_trade_no) = (order.mchid.clone(), Some(order.out_trade_no.clone()));
        Violation { kind, mchid, out_trade_no, out_refund_no: None, text }
    }

    pub(crate) fn of_refund(
        kind: Kind,
        order: Option<&Order>,
        mchid: &Mchid,
        out_refund_no: &OutRefundNo,
        text: String,
    ) -> Violation {
        Violation {
            kind,
            mchid: mchid.clone(),
            out_trade_no: order.map(|order| order.out_trade_no.clone()),
            out_refund_no: Some(out_refund_no.clone()),
            text,
        }
    }
}

/// I1, I2, I3 and I5 of one pool, from its balances and counters alone.
pub fn pool_holds(owner: &PoolOwner, pool: &Pool, now: Timestamp, found: &mut Vec<Violation>) {
    let mut sums: BTreeMap<Currency, i128> = BTreeMap::new();
    let today = ChinaDay::of(now);
    for (account, balance) in pool.ledger().balances() {
        *sums.entry(account.currency()).or_insert(0) += i128::from(balance);
        match account {
            Account::Open(day) if balance < 0 || day > today => {
                let text = format!("{account} holds {balance} fen on {today}");
                found.push(Violation::of_pool(Kind::PoolNegative, owner, text));
            }
            Account::Balance(_) | Account::Transit(_) if balance < 0 => {
                let text = format!("{account} holds {balance}");
                found.push(Violation::of_pool(Kind::PoolNegative, owner, text));
            }
            Account::Transit(currency) if balance != pool.on_the_way(currency).minor() => {
                let text =
                    format!("{account} holds {balance}, on their way are {}", pool.on_the_way(currency));
                found.push(Violation::of_pool(Kind::TransitDiffers, owner, text));
            }
            _ => {}
        }
    }
    books_balance(owner, &sums, found);
    if pool.cny_model() == PoolModel::Daily
        && let Some(book) = pool.day(today)
    {
        open_agrees(owner, pool.ledger(), today, book, found);
    }
}

fn books_balance(owner: &PoolOwner, sums: &BTreeMap<Currency, i128>, found: &mut Vec<Violation>) {
    for (currency, sum) in sums.iter().filter(|(_, sum)| **sum != 0) {
        let text = format!("the accounts in {currency} add up to {sum}");
        found.push(Violation::of_pool(Kind::BooksUnbalanced, owner, text));
    }
}

fn open_agrees(
    owner: &PoolOwner,
    ledger: &Ledger,
    day: ChinaDay,
    book: &DayBook,
    found: &mut Vec<Violation>,
) {
    let held = ledger.balance(Account::Open(day));
    let expected = if book.exchange.is_some() { 0 } else { book.open_fen() };
    if held != expected {
        let text = format!("{day} holds {held} fen; its payments and refunds leave {expected}");
        found.push(Violation::of_pool(Kind::PoolDiffersFromDay, owner, text));
    }
}

/// I4 of one order.
///
/// A full refund in the price currency is one in CNY too. The reverse fails only by rounding, where one unit of the
/// price is worth less than a fen.
pub fn order_holds(order: &Order, partial_refunds: u32, found: &mut Vec<Violation>) {
    let OrderState::Paid(payment) = &order.state else { return };
    let refunded = &payment.refunded;
    let over = refunded.price > order.price.minor()
        || refunded.payer > payment.payer.minor()
        || refunded.count > partial_refunds
        || (refunded.price == order.price.minor() && refunded.payer != payment.payer.minor());
    if over {
        let text = format!(
            "{} refunds take {} of {} and {} of {} (smallest units)",
            refunded.count, refunded.price, order.price, refunded.payer, payment.payer
        );
        found.push(Violation::of_order(Kind::OverRefunded, order, text));
    }
}

/// All invariants of everything, recounted.
pub fn all(platform: &Platform) -> Vec<Violation> {
    let mut found = Vec::new();
    for (owner, pool) in platform.pools() {
        pool_holds(owner, pool, platform.now(), &mut found);
        journal_agrees(owner, pool, &mut found);
        nothing_flowed_back(owner, pool, &mut found);
        if pool.cny_model() == PoolModel::Daily {
            for (day, book) in pool.days() {
                open_agrees(owner, pool.ledger(), day, book, &mut found);
                bill_agrees(platform, owner, day, book, &mut found);
            }
            settlement_agrees(owner, pool, &mut found);
        }
    }
    for (_, order) in platform.orders().iter() {
        order_holds(order, platform.world().settings.limits.partial_refunds, &mut found);
    }
    transit_agrees(platform, &mut found);
    numbers_accepted_once(platform, &mut found);
    found
}

/// I1: the balances are what the journal says.
fn journal_agrees(owner: &PoolOwner, pool: &Pool, found: &mut Vec<Violation>) {
    let mut recounted: BTreeMap<Account, i64> = BTreeMap::new();
    for posting in pool.ledger().journal() {
        *recounted.entry(posting.from).or_insert(0) -= posting.amount.minor();
        *recounted.entry(posting.to).or_insert(0) += posting.amount.minor();
    }
    recounted.retain(|_, balance| *balance != 0);
    if recounted != pool.ledger().balances().collect() {
        let text = format!("the journal adds up to {recounted:?}");
        found.push(Violation::of_pool(Kind::BooksUnbalanced, owner, text));
    }
}

/// I6.
fn nothing_flowed_back(owner: &PoolOwner, pool: &Pool, found: &mut Vec<Violation>) {
    for posting in pool.ledger().journal() {
        let into_the_past = matches!(posting.to, Account::Open(day) if day != ChinaDay::of(posting.at));
        let back = matches!(posting.from, Account::Settlement(_) | Account::Locked(_) | Account::Desk(_))
            && matches!(posting.to, Account::Open(_) | Account::Balance(_));
        if into_the_past || back {
            let text =
                format!("{} from {} to {} at {}", posting.amount, posting.from, posting.to, posting.at);
            found.push(Violation::of_pool(Kind::MoneyFlowedBack, owner, text));
        }
    }
}

/// I9: the bill of a day is its payments, refunds and revokes, and they are what its exchange was made of.
fn bill_agrees(
    platform: &Platform,
    owner: &PoolOwner,
    day: ChinaDay,
    book: &DayBook,
    found: &mut Vec<Violation>,
) {
    // Rows of Hong Kong wallets are on the bill, but not in the exchange.
    let payments = |orders: &[OrderIndex]| -> (i64, i64) {
        let in_cny = orders
            .iter()
            .filter_map(|&index| platform.orders().at(index).payment())
            .filter(|payment| payment.payer.currency() == Currency::CNY);
        in_cny.fold((0, 0), |(fen, settle), payment| {
            (fen + payment.payer.minor(), settle + payment.settle.minor())
        })
    };
    let refunds = |refunds: &[RefundIndex]| -> (i64, i64) {
        let in_cny = refunds
            .iter()
            .map(|&index| platform.refunds().at(index).part)
            .filter(|part| part.payer.currency() == Currency::CNY);
        in_cny.fold((0, 0), |(fen, settle), part| (fen + part.payer.minor(), settle + part.settle.minor()))
    };
    let (paid, revoked) = (payments(&book.paid), payments(&book.revoked));
    let (refunded, closed) = (refunds(&book.refunded), refunds(&book.closed));
    let rows = (paid, refunded.1 + revoked.1, closed);
    let sums = (
        (book.payments_fen, book.payments_settle),
        book.refunds_settle,
        (book.returned_fen, book.returned_settle),
    );
    let exchanged = book.exchange.as_ref().is_none_or(|Exchange { cny_fen, worth, .. }| {
        *cny_fen == book.open_fen() && worth.proceeds + worth.withheld == paid.1 - rows.1 + closed.1
    });
    if rows != sums || !exchanged {
        let text = format!("the rows of {day} add up to {rows:?}, its book says {book:?}");
        found.push(Violation::of_pool(Kind::BillDiffers, owner, text));
    }
}

/// I10: the settlement pool may be below zero, but only by what its days say.
fn settlement_agrees(owner: &PoolOwner, pool: &Pool, found: &mut Vec<Violation>) {
    let earned: i64 = pool
        .days()
        .filter_map(|(_, book)| book.exchange.as_ref())
        .map(|exchange| exchange.worth.proceeds - exchange.worth.fee)
        .sum();
    let paid_out: i64 = pool.payouts().iter().map(|payout| payout.amount.minor()).sum();
    if pool.settlement().minor() != earned - paid_out {
        let text = format!("{} is held; {earned} came and {paid_out} was paid out", pool.settlement());
        found.push(Violation::of_pool(Kind::SettlementDiffers, owner, text));
    }
}

/// I5: the money on its way belongs to refunds that are neither paid nor closed.
fn transit_agrees(platform: &Platform, found: &mut Vec<Violation>) {
    let mut open: BTreeMap<(PoolOwner, Currency), i64> = BTreeMap::new();
    for (_, refund) in platform.refunds().iter() {
        if matches!(refund.status(), RefundStatus::Processing | RefundStatus::Abnormal) {
            let owner = platform.world().pool_owner(&refund.mchid, refund.sub_mchid.as_ref());
            *open.entry((owner, refund.part.payer.currency())).or_insert(0) += refund.part.payer.minor();
        }
    }
    for (owner, pool) in platform.pools() {
        for currency in [Currency::CNY, Currency::HKD] {
            let held = pool.ledger().balance(Account::Transit(currency));
            let expected = open.get(&(owner.clone(), currency)).copied().unwrap_or(0);
            if held != expected {
                let text = format!("{held} {currency} in transit, open refunds have {expected}");
                found.push(Violation::of_pool(Kind::TransitDiffers, owner, text));
            }
        }
    }
}

/// I7 and I8: a number that was never answered with an acceptance has moved nothing, any other moved money once.
fn numbers_accepted_once(platform: &Platform, found: &mut Vec<Violation>) {
    let mut seen = BTreeSet::new();
    for (_, pool) in platform.pools() {
        for posting in pool.ledger().journal().iter().filter(|p| p.event == Event::RefundAccepted) {
            let Subject::Refund(index) = posting.subject else { continue };
            let refund = platform.refunds().at(index);
            let order = Some(platform.orders().at(refund.order));
            let mut report = |kind, text| {
                let (mchid, number) = (&refund.mchid, &refund.out_refund_no);
                found.push(Violation::of_refund(kind, order, mchid, number, text));
            };
            if !seen.insert((refund.mchid.clone(), refund.out_refund_no.clone())) {
                report(Kind::PaidTwice, format!("accepted again at {}", posting.at));
            }
            let accepted = platform
                .requests()
                .of(&refund.mchid, &refund.out_refund_no)
                .is_some_and(|asked| asked.accepted_minor.is_some());
            if !accepted {
                report(Kind::RefusalLeftTrace, format!("moved {} at {}", posting.amount, posting.at));
            }
        }
    }
}
