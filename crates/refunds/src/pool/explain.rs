//! Why a refund waits, what is missing and when it should leave; how a pool stands, and how well its promises were kept.
//!
//! Nothing is decided or kept here: all of it follows from what is stored and from the pool's [`Outlook`], by the same
//! functions that the owner plans with. So whoever reads the store can tell, wherever the owner lives.
//! Source: [operations 2.4], [operations 2.8].

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use wechatpay::calendar::Calendar;
use wechatpay::china::ChinaDay;
use wechatpay::money::Currency;

use super::estimate::Pool;
use super::outlook::{Looker, Outlook};
use super::past::{PastDay, Promises};
use super::plan::last_chance;
use super::promise::Leaving;
use super::reservation::Reservation;
use crate::batch::{Change, Entry, PoolDay};
use crate::need::NeedSource;
use crate::policy::{Planning, Policy};
use crate::refund::{Place, Promise, Refund, State, Why};

/// How many past days are read to look ahead.
pub const PAST_DAYS: usize = 28;

/// Needs from this power of two on are those of refunds about which nothing is known but an amount in a foreign currency.
const UNKNOWN_FROM_BUCKET: u8 = 40;

/// Below this chance on its best day in sight, a refund is larger than any day. Source: [operations 2.4].
pub(crate) const LIKELY_ENOUGH: f64 = 0.10;

/// After so long a wait WeChat Pay is worth asking: most refunds leave before. Source: [operations 2.8].
const LONG: SignedDuration = SignedDuration::from_hours(48);

/// The refunds that wait in one place of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crowd {
    /// Where.
    pub place: Place,
    /// How many.
    pub count: u64,
    /// What they need together, in minor units of the pool's currency.
    pub need: i64,
}

/// Refunds that wait, counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// How many.
    pub count: u64,
    /// What they need at most, in minor units; those of unknown need left out.
    pub need: i64,
    /// How many are of unknown need: priced in a foreign currency, payer's amount not known.
    pub unknown: u64,
}

impl Waiting {
    /// All that wait for `pool`.
    pub fn of(pool: Currency, crowds: &[Crowd]) -> Waiting {
        let mut waiting = Waiting::default();
        for Crowd { place, count, need } in crowds.iter().filter(|crowd| crowd.place.pool == pool) {
            waiting.count = waiting.count.saturating_add(*count);
            if place.bucket >= UNKNOWN_FROM_BUCKET {
                waiting.unknown = waiting.unknown.saturating_add(*count);
            } else {
                waiting.need = waiting.need.saturating_add(*need);
            }
        }
        waiting
    }

    /// Those that most likely leave before `refund`, which waits too.
    ///
    /// Smaller ones do, because they fit first. Of those of its own size (the power of two at or below the need) the ones with
    /// a deadline go first, and of its own kind one half came before: the counts do not say which.
    pub fn before(refund: &Refund, crowds: &[Crowd]) -> Waiting {
        let (mut before, mut alike) = (Waiting::default(), Waiting { count: 0, need: 0, unknown: 0 });
        let (own_class, own_bucket) = (refund.class(), refund.need.bucket());
        let is_known =
            |crowd: &&Crowd| crowd.place.pool == refund.pool && crowd.place.bucket < UNKNOWN_FROM_BUCKET;
        for Crowd { place, count, need } in crowds.iter().filter(is_known) {
            let goes_first =
                place.bucket < own_bucket || (place.bucket == own_bucket && place.class < own_class);
            let sum = if goes_first {
                &mut before
            } else if place.bucket == own_bucket && place.class == own_class {
                &mut alike
            } else {
                continue;
            };
            sum.count = sum.count.saturating_add(*count);
            sum.need = sum.need.saturating_add(*need);
        }
        let others = alike.count.saturating_sub(1);
        // A promise is better a little late: of an odd number the larger half.
        let half = others.div_ceil(2);
        let need_of_others = i128::from(alike.need.saturating_sub(refund.need.high).max(0));
        let need_of_half = need_of_others * i128::from(half) / i128::from(others.max(1));
        before.count = before.count.saturating_add(half);
        before.need = before.need.saturating_add(i64::try_from(need_of_half).unwrap_or(i64::MAX));
        before
    }
}

/// Whether a promise was kept, if with `change` a refund left of which it was said by when it would.
pub fn promise_kept(change: &Change) -> Option<bool> {
    let promise = change.refund.promise.filter(|_| change.refund.is_taken())?;
    // Only from these it leaves; later news of what was taken is no second departure.
    let leaves = |entry: &&Entry| {
        matches!(entry.from, "submitting" | "unclear" | "withdrawing")
            && !matches!(entry.to, "submitting" | "unclear" | "withdrawing" | "waiting")
    };
    change.entries.iter().find(leaves).map(|entry| entry.at <= promise.by)
}

/// How far a pool is from what a refund needs, in a word that tells no figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shortfall {
    /// Nothing is missing: it most likely fits now.
    None,
    /// Something is missing, and today brings it more likely than not.
    Small,
    /// Today hardly brings it; another day in sight may.
    Large,
    /// No day in sight is likely to bring enough for it: less than one chance in ten on the best.
    BeyondAnyDay,
}

impl Shortfall {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Shortfall::None => "none",
            Shortfall::Small => "small",
            Shortfall::Large => "large",
            Shortfall::BeyondAnyDay => "beyond_any_day",
        }
    }
}

/// When a refund should leave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// Not likely before: one chance in ten to have left; none if that is not reached on any day in sight.
    pub from: Option<Timestamp>,
    /// As likely before as after; none if that lies beyond the days in sight.
    pub likely_by: Option<Timestamp>,
    /// By then it has left with `certainty`.
    pub by: Timestamp,
    /// Nine in ten; less if `by` is the end of the last day in sight.
    pub certainty: f64,
}

impl Window {
    fn of(leaving: &Leaving, last: Timestamp) -> Window {
        let (by, certainty) = match leaving.with(CERTAIN) {
            Some(by) => (by, CERTAIN),
            None => (last, chance(leaving.by(last))),
        };
        Window { from: leaving.with(1.0 - CERTAIN), likely_by: leaving.with(0.5), by, certainty }
    }
}

/// With which certainty a window ends.
const CERTAIN: f64 = 0.9;

/// How likely a refund leaves on one of the next days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DayChance {
    /// The day.
    pub day: ChinaDay,
    /// How likely the day brings enough for it, were it alone.
    pub fits: f64,
    /// How likely it has left by the end of the day, after those that go before it.
    pub left_by: f64,
}

/// What is expected of a waiting refund.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// How far the pool is from what it needs.
    pub shortfall: Shortfall,
    /// When it should leave.
    pub leaves: Window,
    /// Today and the days after it, as far as anybody looks.
    pub by_day: Vec<DayChance>,
}

impl Forecast {
    /// How likely it leaves today.
    pub fn today(&self) -> f64 {
        self.by_day.first().map_or(0.0, |today| today.left_by)
    }
}

/// When a refund that waits for funds is tried next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextAttempt {
    /// When a payment makes it fit; late in the day in any case, if there is a chance.
    WhenItFits,
    /// At this time, at which a look into the pool is worth most.
    At(Timestamp),
}

/// What a person can do about a refund that waits for funds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remedy {
    /// Nothing: it goes by itself.
    Wait,
    /// Have more paid today, in China, through this merchant id.
    MorePayments,
    /// Hold those back that leave before it.
    HoldOthers,
    /// Ask again in parts, under new numbers.
    Split,
    /// Open the recharge account.
    RechargeAccount,
    /// Ask WeChat Pay.
    AskWechatPay,
    /// Pay the payer in another way.
    PayOutside,
}

impl Remedy {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Remedy::Wait => "wait",
            Remedy::MorePayments => "more_payments",
            Remedy::HoldOthers => "hold_others",
            Remedy::Split => "split",
            Remedy::RechargeAccount => "recharge_account",
            Remedy::AskWechatPay => "ask_wechat_pay",
            Remedy::PayOutside => "pay_outside",
        }
    }
}

/// For whom the money of the pool that a refund waits for is kept together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// For this one: the others wait until it has left.
    ForThis,
    /// For another one, which has waited longer for its size.
    ForAnother {
        /// So much of what the day has brought, in minor units.
        amount: i64,
    },
}

/// Why a refund waits, what is missing, what stands before it and when it should leave.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// Why it waits; none if nobody has looked at it yet.
    pub why: Option<Why>,
    /// What the pool must still get before it fits, after those that go before it, in minor units. None if nobody knows: its need
    /// is unknown, or nothing is known of today's payments.
    pub missing: Option<i64>,
    /// Those that most likely leave before it.
    pub before: Waiting,
    /// For whom the pool's money is kept together, if for one.
    pub keeping: Option<Keeping>,
    /// What is expected; none without enough past days, of a pool that is not CNY or of an unknown need.
    pub forecast: Option<Forecast>,
    /// When it is tried next; none if what is stored with it says so best.
    pub next: Option<NextAttempt>,
    /// What was promised when it began to wait for funds.
    pub promise: Option<Promise>,
    /// What a person can do, gentlest first; nothing if it does not wait for funds.
    pub remedies: Vec<Remedy>,
}

/// What is expected of `pool` by `past` days, of which others than its own are passed over; none if they are too few to rely on.
/// What answers have told of today is heeded, and `yesterday` is how the day before ended by our own books, if we kept any.
pub fn outlook(
    past: Vec<PastDay>,
    yesterday: Option<PoolDay>,
    pool: &Pool,
    calendar: Arc<Calendar>,
) -> Option<Outlook> {
    let PoolDay { pool: currency, day, .. } = pool.today;
    let own: Vec<PastDay> = past.into_iter().filter(|day| day.pool == currency).collect();
    // Only CNY is exchanged at night, so only there a day says something of another.
    let outlook = Outlook::of(own, day, calendar);
    let outlook = Some(outlook).filter(|outlook| currency == Currency::CNY && outlook.is_reliable())?;
    let yesterday = yesterday.unwrap_or_else(|| Pool::empty(currency, day.plus_days(-1)).today);
    let mut outlook = outlook.after(yesterday);
    outlook.heed(pool);
    Some(outlook)
}

/// Explains `refund`, which waits for `pool` among `crowds`; what is `reserved` of it may be for another.
pub fn explain(
    refund: &Refund,
    pool: &Pool,
    outlook: Option<&Outlook>,
    reserved: Option<&Reservation>,
    crowds: &[Crowd],
    policy: &Policy,
    now: Timestamp,
) -> Explanation {
    let why = match refund.state {
        State::Waiting { why, .. } => Some(why),
        _ => None,
    };
    let before = Waiting::before(refund, crowds);
    let reserved = reserved.filter(|_| refund.pool == pool.today.pool);
    let keeping = reserved.map(|reserved| match reserved.refund == refund.key {
        true => Keeping::ForThis,
        false => Keeping::ForAnother { amount: reserved.amount },
    });
    // One that is smaller stands among those before it already.
    let is_apart =
        |reserved: &&Reservation| reserved.refund != refund.key && reserved.bucket > refund.need.bucket();
    let kept = reserved.filter(is_apart).map_or(0, |reserved| reserved.amount);
    let pool = &Pool { kept, ..pool.clone() };
    let is_known = refund.need.source != NeedSource::Unknown;
    let outlook = outlook.filter(|_| is_known && refund.pool == pool.today.pool);
    let left = match outlook {
        Some(outlook) => Some(likely_left(pool, outlook, now)),
        None => pool.best().map(|best| best.saturating_sub(kept).max(0)),
    };
    let wanted = before.need.saturating_add(refund.need.high);
    let missing = left.filter(|_| is_known).map(|left| wanted.saturating_sub(left).max(0));
    let ahead = before.need.saturating_add(kept);
    let forecast = outlook.map(|outlook| forecast(refund, ahead, missing, pool, outlook, now));
    let waits_for_funds = matches!(why, Some(Why::Funds | Why::Plan));
    let next = outlook.filter(|_| waits_for_funds && policy.planning == Planning::ByPool);
    Explanation {
        why,
        missing,
        before,
        keeping,
        next: next.and_then(|outlook| next_attempt(refund, pool, outlook, policy, keeping, now)),
        promise: refund.promise,
        remedies: if waits_for_funds { remedies(refund, before, forecast.as_ref(), now) } else { vec![] },
        forecast,
    }
}

/// What is as likely as not left in the pool.
fn likely_left(pool: &Pool, outlook: &Outlook, now: Timestamp) -> i64 {
    let left = match outlook.belief(pool) {
        Some(belief) => belief.room(0.5),
        None => outlook.room_unseen(pool, now),
    };
    left.max(0)
}

fn forecast(
    refund: &Refund,
    ahead: i64,
    missing: Option<i64>,
    pool: &Pool,
    outlook: &Outlook,
    now: Timestamp,
) -> Forecast {
    let need = refund.need.high;
    let leaving = outlook.leaving(need, ahead, pool, now);
    let days = (0..).map(|days| outlook.day().plus_days(days));
    let by_day: Vec<DayChance> = days
        .zip(outlook.fits_by_day(need, pool, now))
        .map(|(day, fits)| DayChance { day, fits: chance(fits), left_by: chance(leaving.by(day.end())) })
        .collect();
    let last = by_day.last().map_or(outlook.day(), |last| last.day).end();
    let likeliest = by_day.iter().map(|day| day.fits).fold(0.0, f64::max);
    let today = by_day.first().map_or(0.0, |today| today.left_by);
    let shortfall = match missing {
        Some(0) => Shortfall::None,
        _ if likeliest < LIKELY_ENOUGH => Shortfall::BeyondAnyDay,
        _ if today >= 0.5 => Shortfall::Small,
        _ => Shortfall::Large,
    };
    Forecast { shortfall, leaves: Window::of(&leaving, last), by_day }
}

fn next_attempt(
    refund: &Refund,
    pool: &Pool,
    outlook: &Outlook,
    policy: &Policy,
    keeping: Option<Keeping>,
    now: Timestamp,
) -> Option<NextAttempt> {
    // Somebody wants it tried now.
    if matches!(refund.state, State::Waiting { not_before: None, .. }) {
        return None;
    }
    if outlook.belief(pool).is_some() {
        return Some(NextAttempt::WhenItFits);
    }
    let looker = Looker::of(refund, keeping == Some(Keeping::ForThis), now);
    outlook.next_look(looker, pool, policy.refusals_per_hour(), now).map(NextAttempt::At)
}

/// When the planner looks again at `refund`, which has just met NOT ENOUGH, whatever comes before that.
pub(crate) fn looks_again(
    refund: &Refund,
    pool: &Pool,
    outlook: &Outlook,
    policy: &Policy,
    now: Timestamp,
) -> Timestamp {
    match next_attempt(refund, pool, outlook, policy, None, now) {
        Some(NextAttempt::At(at)) => at.max(pool.refused_until(&refund.need, now).unwrap_or(at)),
        Some(NextAttempt::WhenItFits) | None => last_chance(refund, pool, policy, now),
    }
}

fn remedies(refund: &Refund, before: Waiting, forecast: Option<&Forecast>, now: Timestamp) -> Vec<Remedy> {
    let shortfall = forecast.map(|forecast| forecast.shortfall);
    let is_at_least = |least: Shortfall| shortfall.is_some_and(|shortfall| shortfall >= least);
    let is_long = now.duration_since(refund.created_at) >= LONG;
    let offered = [
        (Remedy::Wait, true),
        (Remedy::MorePayments, shortfall != Some(Shortfall::None)),
        (Remedy::HoldOthers, before.count > 0 && is_at_least(Shortfall::Small)),
        (Remedy::Split, is_at_least(Shortfall::Large)),
        (Remedy::RechargeAccount, is_at_least(Shortfall::BeyondAnyDay)),
        (Remedy::AskWechatPay, is_long || is_at_least(Shortfall::BeyondAnyDay)),
        (Remedy::PayOutside, is_long || is_at_least(Shortfall::BeyondAnyDay)),
    ];
    offered.into_iter().filter(|(_, is_offered)| *is_offered).map(|(remedy, _)| remedy).collect()
}

/// What is left in a pool of whose payments something is seen, by how likely it is, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// At least so much, nine times in ten.
    pub surely: i64,
    /// As likely more as less.
    pub probably: i64,
    /// At least so much, once in ten times.
    pub perhaps: i64,
}

/// What is expected of a pool today.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolForecast {
    /// What is left now; none where next to nothing is seen of the pool.
    pub left: Option<Left>,
    /// What the day is expected to have brought by the end of each of its 24 hours, in minor units.
    pub expected_by_hour: Vec<i64>,
    /// How likely all that wait leave today; those of unknown need left out.
    pub all_leave_today: f64,
    /// With which certainty promises are made now, so that nine of ten are kept.
    pub promises_at: f64,
    /// How the promises of each day came out, oldest first and today last.
    pub scores: Vec<(ChinaDay, Promises)>,
}

/// What is expected today of `pool`, for which `waiting` refunds wait.
pub fn explain_pool(pool: &Pool, outlook: &Outlook, waiting: Waiting, now: Timestamp) -> PoolForecast {
    let left = |belief: super::belief::Belief| {
        let room = |p| belief.room(p).max(0);
        Left { surely: room(0.9), probably: room(0.5), perhaps: room(0.1) }
    };
    let past = outlook.past().iter().map(|past| (past.day, past.promises));
    let all_leave_today = match waiting.need {
        0 => 1.0,
        need => chance(outlook.leaves_today(need, pool, now)),
    };
    PoolForecast {
        left: outlook.belief(pool).map(left),
        expected_by_hour: outlook.expected_by_hour(pool, now),
        all_leave_today,
        promises_at: outlook.level(pool),
        scores: past.chain([(outlook.day(), pool.today.promises)]).collect(),
    }
}

/// Sums of many shares may come out a little beyond one.
fn chance(sum: f64) -> f64 {
    sum.clamp(0.0, 1.0)
}
