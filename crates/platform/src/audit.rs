//! The audit: what was asked and what was done about it, counted again from the beginning.
//!
//! The requests are counted as they arrive, before anything decides on them; the money is counted from the journals;
//! what each payer is owed is worked out anew from the orders' first postings. The sums that the submit path trusts
//! (an order's refunded amount, a refund's part) are not read. Where the two disagree, there is a violation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wechatpay::ids::{Mchid, OutRefundNo};
use wechatpay::money::Currency;

use crate::invariants::{self, Kind, Violation};
use crate::ledger::{Event, Subject};
use crate::order::OrderIndex;
use crate::platform::Platform;
use crate::refund::{RefundIndex, RefundRequest, RefundStatus};
use crate::wire;

/// What was asked under one refund number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The first request.
    pub first: RefundRequest,
    /// Requests that arrived.
    pub requests: u64,
    /// Of these, those that were refused.
    pub refused: u64,
    /// Of these, those whose parameters were not those of the first: a caller that repeats has none.
    pub differing: u64,
    /// The amount asked for by the request that was accepted, in smallest units of the price currency.
    pub accepted_minor: Option<i64>,
}

/// Everything that was asked, by merchant id and number.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Asked>", into = "Vec<Asked>")]
pub struct Requests {
    by_number: BTreeMap<(Mchid, OutRefundNo), Asked>,
}

impl Requests {
    /// What was asked under a number.
    pub fn of(&self, mchid: &Mchid, out_refund_no: &OutRefundNo) -> Option<&Asked> {
        self.by_number.get(&(mchid.clone(), out_refund_no.clone()))
    }

    pub(crate) fn arrived(&mut self, request: &RefundRequest) {
        let number = (request.mchid.clone(), request.out_refund_no.clone());
        let asked = self.by_number.entry(number).or_insert_with(|| Asked {
            first: request.clone(),
            requests: 0,
            refused: 0,
            differing: 0,
            accepted_minor: None,
        });
        asked.requests += 1;
        asked.differing += u64::from(asked.first != *request);
    }

    pub(crate) fn refused(&mut self, request: &RefundRequest) {
        if let Some(asked) = self.entry(request) {
            asked.refused += 1;
        }
    }

    pub(crate) fn accepted(&mut self, request: &RefundRequest) {
        if let Some(asked) = self.entry(request) {
            asked.accepted_minor = Some(request.refund_minor);
        }
    }

    fn entry(&mut self, request: &RefundRequest) -> Option<&mut Asked> {
        self.by_number.get_mut(&(request.mchid.clone(), request.out_refund_no.clone()))
    }
}

impl From<Vec<Asked>> for Requests {
    fn from(list: Vec<Asked>) -> Requests {
        let by_number = list
            .into_iter()
            .map(|asked| ((asked.first.mchid.clone(), asked.first.out_refund_no.clone()), asked))
            .collect();
        Requests { by_number }
    }
}

impl From<Requests> for Vec<Asked> {
    fn from(requests: Requests) -> Vec<Asked> {
        requests.by_number.into_values().collect()
    }
}

/// The audit's findings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// Every refund number that was ever asked for, by merchant id and number.
    pub refunds: Vec<AuditedRefund>,
    /// What must never be. Empty, or the platform or its record is wrong.
    pub violations: Vec<Violation>,
}

/// One refund number, recounted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditedRefund {
    /// Whose.
    #[serde(with = "wire::text")]
    pub mchid: Mchid,
    /// The number on the wire.
    #[serde(with = "wire::text")]
    pub out_refund_no: OutRefundNo,
    /// Requests that arrived.
    pub requests: u64,
    /// Acceptances that moved money.
    pub acceptances: u64,
    /// What the payer is owed, in fen of CNY; of `payer_currency` for a Hong Kong wallet. 0 before acceptance.
    pub amount_fen: i64,
    /// What left the pool for it, in the same units; a closed refund's return is not deducted.
    pub money_moved_fen: i64,
    /// The currency of both.
    #[serde(with = "wire::text")]
    pub payer_currency: Currency,
    /// Where it stands; none if it was never accepted.
    pub status: Option<RefundStatus>,
}

/// Counts everything again.
pub fn audit(platform: &Platform) -> Audit {
    let mut violations: Vec<Violation> = platform.violations().to_vec();
    violations.extend(invariants::all(platform));
    let counted = count_journals(platform, &mut violations);
    let refunds = platform
        .requests()
        .by_number
        .iter()
        .map(|((mchid, out_refund_no), asked)| {
            let empty = Counted::default();
            let index = platform.refunds().find(mchid, out_refund_no);
            let counted = counted.get(&(mchid, out_refund_no)).unwrap_or(&empty);
            AuditedRefund {
                mchid: mchid.clone(),
                out_refund_no: out_refund_no.clone(),
                requests: asked.requests,
                acceptances: counted.acceptances,
                amount_fen: counted.owed,
                money_moved_fen: counted.moved,
                payer_currency: counted.currency.unwrap_or(Currency::CNY),
                status: index.map(|index| platform.refunds().at(index).status()),
            }
        })
        .collect();
    Audit { refunds, violations }
}

/// What the journals say of one number.
#[derive(Default)]
struct Counted {
    acceptances: u64,
    owed: i64,
    moved: i64,
    currency: Option<Currency>,
}

/// What the journals say of one order.
#[derive(Default)]
struct OrderCount {
    paid: i64,
    /// What each refund that counts has asked for and is owed.
    refunds: BTreeMap<RefundIndex, (i64, i64)>,
}

impl OrderCount {
    fn asked(&self) -> i64 {
        self.refunds.values().map(|(asked, _)| asked).sum()
    }

    fn owed(&self) -> i64 {
        self.refunds.values().map(|(_, owed)| owed).sum()
    }

    /// What a further refund of `asked` out of `total` owes the payer: the rounded share of all refunds so far, less
    /// what the earlier ones were owed.
    fn further(&self, asked: i64, total: i64) -> i64 {
        let cumulative = i128::from(self.asked()) + i128::from(asked);
        let (paid, total) = (i128::from(self.paid), i128::from(total).max(1));
        let due = (2 * paid * cumulative + total) / (2 * total);
        i64::try_from(due).map_or(0, |due| (due - self.owed()).max(0))
    }
}

fn count_journals<'a>(
    platform: &'a Platform,
    violations: &mut Vec<Violation>,
) -> BTreeMap<(&'a Mchid, &'a OutRefundNo), Counted> {
    let mut orders: BTreeMap<OrderIndex, OrderCount> = BTreeMap::new();
    let mut numbers: BTreeMap<(&Mchid, &OutRefundNo), Counted> = BTreeMap::new();
    for posting in platform.pools().flat_map(|(_, pool)| pool.ledger().journal()) {
        let index = match (posting.subject, posting.event) {
            (Subject::Order(order), Event::Payment) => {
                orders.entry(order).or_default().paid += posting.amount.minor();
                continue;
            }
            (Subject::Refund(index), _) => index,
            _ => continue,
        };
        let refund = platform.refunds().at(index);
        let (mchid, number) = (&refund.mchid, &refund.out_refund_no);
        let order = platform.orders().at(refund.order);
        let order_count = orders.entry(refund.order).or_default();
        let counted = numbers.entry((mchid, number)).or_default();
        match posting.event {
            Event::RefundAccepted => {
                let asked = platform.requests().of(mchid, number).and_then(|asked| asked.accepted_minor);
                let asked = asked.unwrap_or(0);
                let owed = order_count.further(asked, order.price.minor());
                order_count.refunds.insert(index, (asked, owed));
                counted.acceptances += 1;
                counted.owed = owed;
                counted.moved += posting.amount.minor();
                counted.currency = Some(posting.amount.currency());
                if order_count.asked() > order.price.minor() || order_count.owed() > order_count.paid {
                    let text = format!("{} asked of {}", order_count.asked(), order.price);
                    let kind = Kind::OverRefunded;
                    violations.push(Violation::of_refund(kind, Some(order), mchid, number, text));
                }
            }
            Event::DrawnFromYesterday => counted.moved += posting.amount.minor(),
            Event::RefundClosed => {
                order_count.refunds.remove(&index);
            }
            _ => {}
        }
    }
    for ((mchid, number), counted) in numbers.iter().filter(|(_, counted)| counted.owed != counted.moved) {
        let text = format!("{} moved, {} owed", counted.moved, counted.owed);
        violations.push(Violation::of_refund(Kind::AmountDiffers, None, mchid, number, text));
    }
    numbers
}
