//! Who goes now, who waits and why.
//!
//! `plan` looks at one waiting refund and says what should happen to it; it changes nothing but the budgets. Where enough past
//! days are known, the pool's [`Outlook`] decides:
//! - payments are seen: it goes once it likely fits, and is looked at when a payment makes it fit;
//! - nothing is seen: its first attempt goes at once if there is a fair chance, which also tells of the pool; any other at the
//!   time that costs least in refusals and lost hours together;
//! - in any case once late in the day if there is a chance, because the night takes what is left; and once more before yesterday's
//!   money is lost, where it is known to stay refundable after midnight.
//!
//! Before that it goes at once when it is new or the pool fits it by our own books, and hourly when nothing better is known. A
//! large refund never keeps smaller ones behind it waiting.
//! Source: [refund-logic] (wait and send the same again), [official-skills] (hourly), [operations 2.4], [operations 2.5].

use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};
use wechatpay::china::{self, ChinaDay};
use wechatpay::money::Currency;

use crate::need::NeedSource;
use crate::order::{Order, REFUNDABLE_FOR};
use crate::policy::{Planning, Policy};
use crate::pool::budget::{Calls, PacedCalls, Refusals};
use crate::pool::estimate::Pool;
use crate::pool::outlook::{Looker, Outlook};
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
    /// Whether the pool's money is kept together for it.
    pub is_kept_for: bool,
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

    /// The clock shows `now`; see [`Calls::clock_shows`].
    pub fn clock_shows(&mut self, now: Timestamp) {
        self.submissions.clock_shows(now);
        self.old_orders.clock_shows(now);
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

/// What should happen now to `candidate`, paid from `pool`, of which `outlook` is expected; none if too little is known of past days.
pub fn plan(
    candidate: Candidate<'_>,
    pool: &Pool,
    outlook: Option<&Outlook>,
    budgets: &mut Budgets,
    policy: &Policy,
    now: Timestamp,
) -> Verdict {
    let Candidate { refund, order, order_is_busy, mended_at, is_kept_for } = candidate;
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
    let risky = match fit(refund, mended_at, is_kept_for, pool, outlook, policy, now) {
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
fn fit(
    refund: &Refund,
    mended_at: Option<Timestamp>,
    is_kept_for: bool,
    pool: &Pool,
    outlook: Option<&Outlook>,
    policy: &Policy,
    now: Timestamp,
) -> Fit {
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
    if refund.pool != Currency::CNY || policy.planning != Planning::ByPool {
        return match not_before {
            Some(until) => Fit::Not { why: Why::Funds, until: Some(until) },
            None => Fit::WorthTrying,
        };
    }
    let is_free = pool.kept == 0 || is_kept_for;
    if is_free && pool.covers(&refund.need) {
        return Fit::Covered;
    }
    let why = why_it_waits(refund);
    let refused_until = pool.refused_until(&refund.need, now);
    match outlook.filter(|_| refund.need.source != NeedSource::Unknown && !is_wanted_now(refund)) {
        Some(outlook) => match outlook.belief_of(pool, is_kept_for) {
            Some(belief) => {
                let fits = belief.fits(refund.need.high);
                if fits >= policy.go_at() {
                    return Fit::WorthTrying;
                }
                // Who has no day in sight keeps one attempt a day, unless what is thought of the pool cannot be wrong.
                let has_no_day =
                    refund.attention.is_some_and(|attention| attention.reason == Reason::NoDayFits);
                let is_worth_it = fits >= LEAST_CHANCE || has_no_day && !belief.is_exact();
                by_chance(refund, pool, is_worth_it, why, policy, now)
            }
            // What is kept for another cannot be told from what is free where nothing is seen: so nothing is touched.
            None if !is_free => Fit::Not { why, until: Some(now + KEPT_FROM) },
            None => {
                let looker = Looker::of(refund, is_kept_for, now);
                by_looks(refund, looker, refused_until, pool, outlook, policy, now)
            }
        },
        None if pool.likely_covers(&refund.need) => Fit::WorthTrying,
        None => match (refused_until, not_before) {
            (None, None) => Fit::WorthTrying,
            (None, until) => Fit::Not { why: Why::Funds, until },
            (until, not_before) => Fit::Not { why, until: until.max(not_before) },
        },
    }
}

/// When a refund goes into a pool of which nothing is seen. None smaller may go before `refused_until`.
fn by_looks(
    refund: &Refund,
    looker: Looker,
    refused_until: Option<Timestamp>,
    pool: &Pool,
    outlook: &Outlook,
    policy: &Policy,
    now: Timestamp,
) -> Fit {
    let why = why_it_waits(refund);
    if looker.is_first && outlook.fits_unseen(looker, pool, now) >= WORTH_A_FIRST {
        return match refused_until {
            None => Fit::WorthTrying,
            until => Fit::Not { why, until },
        };
    }
    let refused_until = refused_until.unwrap_or(now);
    match outlook.next_look(looker, pool, policy.refusals_per_hour(), now) {
        Some(at) if at.max(refused_until) <= now => Fit::WorthTrying,
        Some(at) => {
            let spread = policy.spread(refund.key.as_str(), refund.attempts.count);
            Fit::Not { why, until: Some(at.max(refused_until) + spread) }
        }
        // No look of today is worth its price any more, but the last one, before all is lost.
        None => {
            let is_worth_it = outlook.fits_at_last(looker, pool) >= LEAST_CHANCE;
            by_chance(refund, pool, is_worth_it, why, policy, now)
        }
    }
}

/// Why a refund waits that the pool is thought not to cover.
fn why_it_waits(refund: &Refund) -> Why {
    if refund.attempts.count == 0 { Why::Plan } else { Why::Funds }
}

/// Somebody wants it tried now, whatever is expected.
fn is_wanted_now(refund: &Refund) -> bool {
    matches!(refund.state, State::Waiting { why: Why::Funds | Why::Plan, not_before: None, .. })
}

/// A refund that is not likely to fit goes all the same once, late, before money of the pool is lost, if that is worth an attempt.
fn by_chance(
    refund: &Refund,
    pool: &Pool,
    is_worth_it: bool,
    why: Why,
    policy: &Policy,
    now: Timestamp,
) -> Fit {
    let last = refund.attempts.last_signed_at;
    let tried_lately = last.is_some_and(|at| now.duration_since(at) < LATELY);
    let until = last_chance(refund, pool, policy, now);
    let is_late = until > pool.ends();
    if is_late && !tried_lately && is_worth_it {
        return Fit::WorthTrying;
    }
    Fit::Not { why, until: Some(until) }
}

/// When a refund that is not likely to fit is looked at again in any case: late, before money of the pool is lost, or once that is
/// over when it has been.
pub(crate) fn last_chance(refund: &Refund, pool: &Pool, policy: &Policy, now: Timestamp) -> Timestamp {
    let end = pool.ends();
    let chance = end - LAST_CHANCE + policy.long_spread(refund.key.as_str());
    if now < chance { chance } else { end + MORNING }
}

/// When a refund is looked at again that the pool's money is kept from.
const KEPT_FROM: SignedDuration = SignedDuration::from_mins(30);

/// After an attempt so late, another one tells nothing new.
const LATELY: SignedDuration = SignedDuration::from_mins(60);
/// When a refund is planned anew after money was lost: at midnight after the pause around it.
const MORNING: SignedDuration = SignedDuration::from_secs(10);

/// How likely a refund must fit that was never attempted to go at once, where nothing is seen.
const WORTH_A_FIRST: f64 = 0.5;

/// How long before the money is lost a refund goes that is not likely to fit: the pool is fullest then.
const LAST_CHANCE: SignedDuration = SignedDuration::from_mins(20);
/// How likely it must be for that.
const LEAST_CHANCE: f64 = 0.04;
