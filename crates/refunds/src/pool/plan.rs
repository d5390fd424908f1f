//! Who goes now, who waits and why.
//!
//! `plan` looks at waiting refunds in the order it is given and says for each what should happen; it changes nothing.
//! This first policy knows today's pool by its own books: a refund goes at once when it is new or the pool fits it, and
//! hourly when nothing better is known. A large refund never keeps smaller ones behind it waiting.
//! Source: [refund-logic] (wait and send the same again), [official-skills] (hourly), [operations 2.5] (the rest).

use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};
use wechatpay::china::{self, ChinaDay};
use wechatpay::money::Currency;

use crate::order::{Order, REFUNDABLE_FOR};
use crate::policy::Policy;
use crate::pool::budget::{Calls, PacedCalls, Refusals};
use crate::pool::estimate::Pool;
use crate::refund::{Reason, Refund, State, Why};

/// One waiting refund, as the plan sees it.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// The refund.
    pub refund: &'a Refund,
    /// Its order.
    pub order: &'a Order,
    /// Whether another refund of the order, or a question about the order, is under way.
    pub order_is_busy: bool,
    /// Since when the set-up is known to be in order again, if something was wrong with it.
    pub mended_at: Option<Timestamp>,
}

/// What is left of the merchant id's budgets; `plan` takes from them what it spends.
#[derive(Debug, Clone)]
pub struct Budgets {
    /// Submissions.
    pub submissions: PacedCalls,
    /// For orders older than a month.
    old_orders: Calls,
    /// Attempts that may be refused.
    pub refusals: Refusals,
}

impl Budgets {
    /// Nothing left at `now`: how every owner starts.
    pub fn none_left(policy: &Policy, now: Timestamp) -> Budgets {
        let minute = SignedDuration::from_secs(60);
        Budgets {
            submissions: PacedCalls::none_left(policy.calls_per_second, now),
            old_orders: Calls::none_left(policy.old_order_calls_per_minute, minute, now),
            refusals: Refusals::none_left(policy.refusals_per_second, now),
        }
    }

    /// When a submission for `order` is left; `now` if one is.
    pub fn next_submission(&self, order: &Order, now: Timestamp) -> Timestamp {
        let next = self.submissions.next(now);
        if order.is_old(now) { next.max(self.old_orders.next(now)) } else { next }
    }

    /// Takes a submission for `order`.
    pub fn take_submission(&mut self, order: &Order, now: Timestamp) {
        self.submissions.take(now);
        if order.is_old(now) {
            self.old_orders.take(now);
        }
    }
}

/// What should happen to one waiting refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It goes now. `risky` attempts have taken one of those that may be refused.
    Go {
        /// Whether the pool is not known to cover it.
        risky: bool,
    },
    /// Its order must be asked about first.
    LookUp,
    /// It waits.
    Wait {
        /// Why.
        why: Why,
        /// Until when, if that is known; none if something must happen first.
        until: Option<Timestamp>,
    },
    /// Its order can no longer be refunded.
    TooOld,
    /// No call is left for anybody before this time.
    Stop {
        /// When there is one.
        until: Timestamp,
    },
}

const BEFORE_MIDNIGHT: Time = Time::constant(23, 59, 55, 0);
const AFTER_MIDNIGHT: Time = Time::constant(0, 0, 5, 0);

/// The end of the ten seconds around China's midnight in which nothing is submitted; none outside of them.
///
/// A request that crosses midnight would meet a pool whose day nobody can tell. Source: [operations 2.6].
pub fn midnight_pause(now: Timestamp) -> Option<Timestamp> {
    let time = china::civil(now).time();
    let end = SignedDuration::from_secs(5);
    if time >= BEFORE_MIDNIGHT {
        Some(ChinaDay::of(now).end() + end)
    } else if time < AFTER_MIDNIGHT {
        Some(ChinaDay::of(now).start() + end)
    } else {
        None
    }
}

/// What should happen now to `candidate`, paid from `pool`.
pub fn plan(
    candidate: Candidate<'_>,
    pool: &Pool,
    budgets: &mut Budgets,
    policy: &Policy,
    now: Timestamp,
) -> Verdict {
    let Candidate { refund, order, order_is_busy, mended_at } = candidate;
    let never_attempted = refund.attempts.count == 0;
    let paid_at = order.paid_at.as_ref().map(|paid_at| paid_at.value);
    if never_attempted && paid_at.is_some_and(|paid_at| now.duration_since(paid_at) > REFUNDABLE_FOR) {
        return Verdict::TooOld;
    }
    if order_is_busy {
        return Verdict::Wait { why: Why::Spacing, until: None };
    }
    if let Some(spaced) = spaced_until(refund, order, policy, now).filter(|&spaced| spaced > now) {
        return Verdict::Wait { why: Why::Spacing, until: Some(spaced) };
    }
    if order.needs_look_up() {
        return Verdict::LookUp;
    }
    let risky = match fit(refund, mended_at, pool, policy, now) {
        // While refusals come in all the same, what is thought of the pool is not to be relied on.
        Fit::Covered => !budgets.refusals.any(now),
        Fit::WorthTrying => true,
        Fit::Not { why, until } => return Verdict::Wait { why, until },
    };
    if !budgets.submissions.any(now) {
        return Verdict::Stop { until: budgets.submissions.next(now) };
    }
    let next = budgets.next_submission(order, now);
    if next > now {
        return Verdict::Wait { why: Why::Rate, until: Some(next) };
    }
    if risky && !budgets.refusals.take(now) {
        return Verdict::Wait { why: Why::Rate, until: budgets.refusals.next() };
    }
    budgets.take_submission(order, now);
    Verdict::Go { risky }
}

/// Until when another refund's request keeps `refund` back: the minute lies between different numbers of one order, a
/// repeat of the same number is exempt. Source: [global-refund 2.1].
pub fn spaced_until(refund: &Refund, order: &Order, policy: &Policy, now: Timestamp) -> Option<Timestamp> {
    let last = order.last_request.as_ref().filter(|last| last.upstream_no != refund.upstream_no)?;
    // A request that lies ahead was made before the clock was set back.
    Some(last.at.min(now) + policy.order_spacing)
}

enum Fit {
    Covered,
    WorthTrying,
    Not { why: Why, until: Option<Timestamp> },
}

/// Whether `refund` fits `pool`, as far as is known.
fn fit(refund: &Refund, mended_at: Option<Timestamp>, pool: &Pool, policy: &Policy, now: Timestamp) -> Fit {
    let not_before = match refund.state {
        State::Waiting { why: Why::Halt, since, not_before: Some(at) } if at > now => {
            // Nothing but time tells whether a missing permission was given for this order.
            let alone = refund.attention.is_some_and(|attention| attention.reason == Reason::NoPermission);
            if alone || mended_at.is_none_or(|mended| mended < since) {
                // The pool has nothing to do with it.
                return Fit::Not { why: Why::Halt, until: Some(at) };
            }
            None
        }
        State::Waiting { not_before, .. } => not_before.filter(|&at| at > now),
        _ => None,
    };
    if refund.pool == Currency::CNY {
        if pool.covers(&refund.need) {
            return Fit::Covered;
        }
        if pool.likely_covers(&refund.need) {
            return Fit::WorthTrying;
        }
        if let Some(until) = pool.refused_until(&refund.need, policy.nothing_as_large_for, now) {
            let why = if refund.attempts.count == 0 { Why::Plan } else { Why::Funds };
            return Fit::Not { why, until: Some(not_before.map_or(until, |at| at.max(until))) };
        }
    }
    match not_before {
        Some(until) => Fit::Not { why: Why::Funds, until: Some(until) },
        None => Fit::WorthTrying,
    }
}
