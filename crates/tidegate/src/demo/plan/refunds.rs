//! What is asked for again: refunds of what was paid, partial and whole, at once and days later, by day and by night.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::chance::Chance;
use super::payments::Payment;
use super::shape::Calendar;
use super::shops::SHOPS;

/// A refund that will be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refund {
    /// When.
    pub(crate) at: Timestamp,
    /// Which of the shops asks.
    pub(crate) shop: usize,
    /// Of which payment, by its index.
    pub(crate) order: usize,
    /// The shop's number for it. Every shop counts for itself, so the same number comes from several.
    pub(crate) out_refund_no: String,
    /// How much, in fen of CNY.
    pub(crate) amount_fen: i64,
    /// What happens to its first request on the way.
    pub(crate) accident: Option<Accident>,
    /// How it ends, if not well.
    pub(crate) ending: Option<Ending>,
    /// How many seconds the till that asks stands and waits for the acceptance; none if it does not.
    pub(crate) waits_s: Option<u8>,
    /// When the same is asked again, because the till lost the answer.
    pub(crate) repeated_at: Option<Timestamp>,
    /// When the shop thinks better of it.
    pub(crate) withdrawn_at: Option<Timestamp>,
    /// Whether it is the one whose story is told.
    pub(crate) is_large: bool,
}

impl Refund {
    /// Its number at WeChat Pay: the sub-merchant's goes before the shop's.
    pub(crate) fn upstream_no(&self) -> String {
        format!("{}_{}", SHOPS[self.shop].sub_mchid, self.out_refund_no)
    }
}

/// What can happen to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accident {
    /// The connection is cut; nothing was done.
    CutBefore,
    /// The connection is cut; everything was done.
    CutAfter,
    /// The answer's signature is wrong.
    WrongSignature,
    /// A server error in the platform's place.
    ServerError,
    /// The network sends it twice.
    Twice,
}

/// How a refund can end other than with the money at the payer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The bank returns the money.
    Abnormal,
    /// The platform closes the refund after it accepted it.
    Closed,
    /// It is refused for good: the payer's account is closed.
    AccountClosed,
}

/// Accidents, spread over the refunds of daytime in this order.
const ACCIDENTS: [Accident; 11] = [
    Accident::CutAfter,
    Accident::ServerError,
    Accident::CutBefore,
    Accident::CutAfter,
    Accident::WrongSignature,
    Accident::Twice,
    Accident::CutAfter,
    Accident::ServerError,
    Accident::CutBefore,
    Accident::WrongSignature,
    Accident::CutAfter,
];

/// Endings, spread likewise.
const ENDINGS: [Ending; 4] = [Ending::Abnormal, Ending::Closed, Ending::AccountClosed, Ending::Abnormal];

/// How often, in a hundred payments, something goes back.
const REFUNDS_IN_A_HUNDRED: usize = 9;

/// Refunds asked for in the early hours of each day but the first, when the pool is empty.
const NIGHTLY: usize = 4;

/// Refunds that arrive while the gateway is killed.
pub(super) const AT_THE_KILL: usize = 24;

/// Seconds after 16:05 at which the parts of one order are asked for: faster than a minute apart.
const PARTS_AT_S: [usize; 4] = [0, 20, 40, 600];

/// When refunds are asked for in daytime.
const HOURS: [usize; 24] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 6, 8, 9, 7, 7, 8, 8, 9, 9, 7, 5, 0, 0];

/// On the last day nobody asks later than this hour: the pool would be exchanged, and no further one would fill.
const LAST_HOUR: usize = 19;

/// Nobody asks for money back sooner than this after paying.
const REGRET: SignedDuration = SignedDuration::from_mins(10);

/// The moment of the kill: in the busiest hours of the best day.
pub(super) fn kill_at(calendar: Calendar) -> Timestamp {
    calendar.at(calendar.high_water(), 15, 30, 0)
}

/// Every refund, by time.
pub(super) fn refunds(
    calendar: Calendar,
    chance: Chance,
    payments: &[Payment],
    large: Option<usize>,
) -> Vec<Refund> {
    let mut counter =
        Counter { payments, chance, left: payments.iter().map(|p| p.total_fen).collect(), drawn: 0 };
    let mut refunds = Vec::new();
    if let Some(large) = large {
        refunds.push(counter.large(calendar, large));
    }
    refunds.extend(counter.parts(calendar));
    for _ in 0..AT_THE_KILL {
        // No till stands and waits there: it would wait for a gateway that is gone.
        refunds.extend(counter.some(kill_at(calendar)).map(|refund| Refund { waits_s: None, ..refund }));
    }
    let set_apart = refunds.len();
    for day in 0..calendar.days {
        refunds.extend((0..daily(calendar, day)).filter_map(|n| {
            let at = daytime(calendar, chance, day, n);
            counter.some(at)
        }));
    }
    let by_day = refunds.len();
    for day in 1..calendar.days {
        refunds.extend((0..NIGHTLY).filter_map(|n| counter.some(night(calendar, chance, day, n))));
    }
    trouble(&mut refunds, set_apart, by_day);
    refunds.sort_by_key(|refund| (refund.at, refund.shop, refund.order));
    let mut counts = [0; SHOPS.len()];
    for refund in &mut refunds {
        counts[refund.shop] += 1;
        refund.out_refund_no = format!("R{:04}", counts[refund.shop]);
    }
    refunds
}

fn daily(calendar: Calendar, day: usize) -> usize {
    calendar.payments(day) * REFUNDS_IN_A_HUNDRED / 100
}

fn daytime(calendar: Calendar, chance: Chance, day: usize, n: usize) -> Timestamp {
    let id = (day * 10_000 + n) as u64;
    let mut hours = calendar.hours(day, &HOURS);
    if day + 1 == calendar.days {
        hours.iter_mut().skip(LAST_HOUR).for_each(|weight| *weight = 0);
    }
    let hour = chance.weighted(&hours, "refund hour", id);
    calendar.at(day, hour, chance.below(60, "refund minute", id), 0)
}

fn night(calendar: Calendar, chance: Chance, day: usize, n: usize) -> Timestamp {
    let minute = 20 + chance.below(240, "night minute", (day * 10_000 + n) as u64);
    calendar.at(day, 0, minute, 0)
}

/// Who asks for how much of what, so that no order is asked for more than was paid.
struct Counter<'a> {
    payments: &'a [Payment],
    chance: Chance,
    left: Vec<i64>,
    drawn: u64,
}

impl Counter<'_> {
    /// A refund asked for at `at`, of an order that nothing was asked of yet; none if no such order was found.
    fn some(&mut self, at: Timestamp) -> Option<Refund> {
        let paid = self.payments.partition_point(|payment| payment.at + REGRET <= at);
        for _ in 0..200 {
            self.drawn += 1;
            // Half of the regrets are fresh.
            let fresh = self.chance.below(2, "fresh", self.drawn) == 0;
            let window = if fresh { paid.min(120) } else { paid };
            let order = (paid - window) + self.chance.below(window, "order", self.drawn);
            let payment = self.payments.get(order).filter(|_| order < paid)?;
            if self.left[order] < payment.total_fen {
                continue;
            }
            let tenths = match self.chance.below(12, "part", self.drawn) {
                part @ 2..8 => part,
                _ => 10,
            };
            let amount_fen = payment.total_fen * i64::try_from(tenths).unwrap_or(10) / 10;
            let mut refund = self.take(order, amount_fen, at);
            let stands = self.chance.below(6, "till", self.drawn) == 0;
            refund.waits_s = stands.then_some(2);
            return Some(refund);
        }
        None
    }

    /// All of the large order.
    fn large(&mut self, calendar: Calendar, order: usize) -> Refund {
        let total_fen = self.payments[order].total_fen;
        let paid_on = (0..calendar.days)
            .rfind(|&day| calendar.day(day).start() <= self.payments[order].at)
            .unwrap_or(0);
        let at = if paid_on + 1 < calendar.high_water() {
            calendar.at(paid_on + 1, 21, 14, 0)
        } else {
            calendar.at(paid_on + 1, 0, 40, 0)
        };
        let mut refund = self.take(order, total_fen, at);
        refund.is_large = true;
        refund
    }

    /// All of another order, in four parts.
    fn parts(&mut self, calendar: Calendar) -> Vec<Refund> {
        let day = calendar.high_water().saturating_sub(1);
        let at = |part: usize| calendar.at(day, 16, 5, PARTS_AT_S[part]);
        let dear = |order: &usize| {
            let payment = &self.payments[*order];
            self.left[*order] == payment.total_fen
                && payment.at + REGRET <= at(0)
                && payment.total_fen >= 4_000
        };
        let Some(order) = (0..self.payments.len()).rfind(dear) else { return Vec::new() };
        let total_fen = self.payments[order].total_fen;
        let quarter = total_fen / 4;
        let amounts = [quarter, quarter, quarter, total_fen - 3 * quarter];
        amounts.into_iter().enumerate().map(|(part, amount)| self.take(order, amount, at(part))).collect()
    }

    fn take(&mut self, order: usize, amount_fen: i64, at: Timestamp) -> Refund {
        self.left[order] -= amount_fen;
        Refund {
            at,
            shop: self.payments[order].shop,
            order,
            out_refund_no: String::new(),
            amount_fen,
            accident: None,
            ending: None,
            waits_s: None,
            repeated_at: None,
            withdrawn_at: None,
            is_large: false,
        }
    }
}

/// Lets things go wrong: accidents and bad endings by day, a change of mind by night, and a till that asks again.
fn trouble(refunds: &mut [Refund], set_apart: usize, by_day: usize) {
    let (rest, nights) = refunds.split_at_mut(by_day);
    let Some(days) = rest.get_mut(set_apart..) else { return };
    let count = days.len();
    let spread = |nth: usize, of: usize| (nth + 1) * count / (of + 1);
    for (nth, &accident) in ACCIDENTS.iter().enumerate() {
        if let Some(refund) = days.get_mut(spread(nth, ACCIDENTS.len())) {
            refund.accident = Some(accident);
            // Nobody stands in front of a till that does not hear.
            refund.waits_s = None;
        }
    }
    let untroubled = |refund: &&mut Refund| refund.accident.is_none();
    for (nth, &ending) in ENDINGS.iter().enumerate() {
        if let Some(refund) = days.iter_mut().skip(spread(nth, ENDINGS.len())).find(untroubled) {
            refund.ending = Some(ending);
        }
    }
    for refund in days.iter_mut().filter(|refund| refund.accident == Some(Accident::CutAfter)) {
        refund.repeated_at = Some(refund.at + SignedDuration::from_mins(3));
    }
    // The dearest: those that the pool of the early hours does not pay at once.
    nights.sort_by_key(|refund| std::cmp::Reverse(refund.amount_fen));
    for refund in nights.iter_mut().take(2) {
        refund.withdrawn_at = Some(refund.at + SignedDuration::from_mins(35));
    }
    make_recognisable(refunds);
}

/// The platform knows a bad ending by the amount, so no other refund may have it.
fn make_recognisable(refunds: &mut [Refund]) {
    let mut taken: BTreeSet<i64> =
        refunds.iter().filter(|refund| refund.ending.is_none()).map(|refund| refund.amount_fen).collect();
    for refund in refunds.iter_mut().filter(|refund| refund.ending.is_some()) {
        while refund.amount_fen > 1 && !taken.insert(refund.amount_fen) {
            refund.amount_fen -= 1;
        }
    }
}
