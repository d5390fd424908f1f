//! What is expected of a pool: whether a refund fits now, when to look, and when it will leave.
//!
//! Two cases, by what past days taught ([`Sight`]): where payments are seen, today is followed as it goes and the past only says
//! how it may go on; where nothing is seen, past days and the answers to attempts are all there is.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use wechatpay::calendar::Calendar;
use wechatpay::china::ChinaDay;

use super::belief::Belief;
use super::estimate::Pool;
use super::exchange::{ExchangeHour, Overnight};
use super::hours::TradingHours;
use super::past::PastDay;
use super::paths::{self, Path, quantile, second_of_day};
use super::price::Price;
use super::promise::{Leaving, level};
use super::rounding::whole;
use super::scattered::{self, SCATTERED_S};
use super::schedule::{Costs, Moments, next_look};
use super::sight::Sight;
use super::told::Told;
use crate::batch::PoolDay;
use crate::refund::Refund;

/// How many past days it takes to rely on them. Source: [operations 2.6].
const ENOUGH_DAYS: usize = 7;
/// How many days are looked ahead, today among them. Source: [operations 2.4].
pub const DAYS_AHEAD: i32 = 8;
/// Seconds of a day after which nothing is submitted.
const LAST_SECOND: f64 = 86_390.0;
/// Seconds of a day.
const DAY_S: f64 = 86_400.0;
/// How many seconds after midnight a refund leaves, beyond whole days, that missed the day's money.
const UNTIL_TRADE_S: f64 = 13_600.0;
/// A day that brings enough is thought to come at least so often.
const RARELY: f64 = 0.07;
/// How likely a day goes as no past day did. Then a refund fits when one of these shares has come of the trade that followed the
/// last refusal.
const UNLIKE_ANY: f64 = 0.02;
const UNLIKE_ANY_AT: [f64; 10] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.98];
/// Where a moment is spread over such a gap.
const SPREAD: [f64; 5] = [-0.4, -0.2, 0.0, 0.2, 0.4];

/// How many seconds after a refund fits a look finds it, where nothing is seen, as a rule.
const LOOKS_LATE_S: f64 = 3_000.0;

/// What is expected of a pool on one day and the days after it.
#[derive(Debug, Clone)]
pub struct Outlook {
    day: ChinaDay,
    past: Vec<PastDay>,
    calendar: Arc<Calendar>,
    sight: Sight,
    /// The ways today may go, before anything is told of it.
    ways: Vec<Path>,
    /// The same with what was told by the last look heeded.
    ways_now: Vec<Path>,
    trading_hours: TradingHours,
    /// How far apart payments lie as a rule, in seconds.
    gap_s: f64,
    heeded: Option<Told>,
    overnight: Overnight,
}

/// A refund that looks into a pool nobody sees.
#[derive(Debug, Clone, Copy)]
pub struct Looker {
    /// What it needs, in minor units.
    pub need: i64,
    /// Whether it was never attempted: the first refusal is not counted, because a first attempt tells the till and of the pool.
    pub is_first: bool,
    /// Whether the pool's money is kept together for it.
    pub is_kept_for: bool,
    /// For how long it has waited since its last attempt, or since it was asked for.
    pub waited: SignedDuration,
}

impl Looker {
    /// How `refund` looks at `now`, for which the pool's money may be kept together.
    pub fn of(refund: &Refund, is_kept_for: bool, now: Timestamp) -> Looker {
        let (need, is_first) = (refund.need.high, refund.attempts.count == 0);
        Looker { need, is_first, is_kept_for, waited: refund.waited(now) }
    }
}

impl Outlook {
    /// What `past` days, oldest first, say of `day`.
    pub fn of(past: Vec<PastDay>, day: ChinaDay, calendar: Arc<Calendar>) -> Outlook {
        let sight = Sight::of(&past);
        let ways = paths::unseen(&past, day, sight.leak, &calendar);
        let (ways_now, trading_hours) = (ways.clone(), TradingHours::of(&ways));
        Outlook {
            day,
            calendar,
            sight,
            ways,
            ways_now,
            trading_hours,
            gap_s: scattered::gap_s(&past),
            heeded: None,
            overnight: Overnight::default(),
            past,
        }
    }

    /// The same, knowing how `yesterday` ended by our own books.
    pub fn after(self, yesterday: PoolDay) -> Outlook {
        let mut before = Outlook::of(self.past.clone(), yesterday.day, Arc::clone(&self.calendar));
        let pool = Pool::of(yesterday);
        before.heed(&pool);
        let past =
            self.past.iter().filter(|past| past.day < pool.today.day).map(|past| (past.day, past.night));
        let nights = past.chain([(pool.today.day, pool.today.night)]);
        let overnight = Overnight {
            surely: before.left_at_last(&pool, SURELY),
            probably: before.left_at_last(&pool, 0.5),
            hour: ExchangeHour::learned(nights, self.day),
        };
        Outlook { overnight, ..self }
    }

    /// What is left of the day's money when it ends, with probability `p`.
    fn left_at_last(&self, pool: &Pool, p: f64) -> i64 {
        let left = match self.belief(pool) {
            Some(belief) => belief.room(p),
            None => self.brought_unseen(LAST_SECOND, p).map_or(0, |brought| brought - pool.drawn()),
        };
        left.max(0)
    }

    /// How yesterday ended, and until when its money is refundable.
    pub fn overnight(&self) -> &Overnight {
        &self.overnight
    }

    /// When money of `pool` is out of reach next: what yesterday left, or what today leaves.
    pub fn next_exchange(&self, pool: &Pool) -> Timestamp {
        let hour = self.overnight.hour.map_or(0, |hour| i64::from(hour.refundable_until));
        pool.carried.map_or(self.day.end() + SignedDuration::from_secs(hour), |carried| carried.until)
    }

    /// The day it is for.
    pub fn day(&self) -> ChinaDay {
        self.day
    }

    /// How much is seen of the pool.
    pub fn sight(&self) -> Sight {
        self.sight
    }

    /// Whether there are enough past days to rely on.
    pub fn is_reliable(&self) -> bool {
        self.past.len() >= ENOUGH_DAYS
    }

    /// The past days, oldest first.
    pub fn past(&self) -> &[PastDay] {
        &self.past
    }

    /// Takes in what answers have told of today's pool since.
    pub fn heed(&mut self, pool: &Pool) {
        let last = pool.today.told.last().copied();
        if self.sight.net_per_seen.is_none() && self.heeded != last {
            self.heeded = last;
            self.ways_now = if self.gap_s >= SCATTERED_S {
                scattered::told_of(&self.ways, &pool.today.told)
            } else {
                let mut ways = self.ways.clone();
                paths::weigh(&mut ways, &pool.today.told);
                ways
            };
        }
    }

    /// What is thought of the pool now; none if nothing is seen of it.
    pub fn belief(&self, pool: &Pool) -> Option<Belief> {
        self.sight.belief(pool, false)
    }

    /// The same as a refund sees it, for which the money of the pool may be kept together.
    pub fn belief_of(&self, pool: &Pool, is_kept_for: bool) -> Option<Belief> {
        self.sight.belief(pool, is_kept_for)
    }

    /// What today will as likely as not bring after `now`, in minor units.
    pub fn to_come(&self, pool: &Pool, now: Timestamp) -> i64 {
        let second = second_of_day(now);
        let ways = self.ways_from(pool, second);
        let mut to_come: Vec<(f64, f64)> = ways
            .iter()
            .map(|way| (way.brought_at(LAST_SECOND) - way.brought_at(second), way.weight))
            .collect();
        to_come.sort_by(|one, other| other.0.total_cmp(&one.0));
        quantile(&to_come, 0.5).map_or(0, |amount| whole(amount.max(0.0)))
    }

    /// The largest need that more likely than not fits at `now` into a pool of which nothing is seen; negative if none does.
    pub fn room_unseen(&self, pool: &Pool, now: Timestamp) -> i64 {
        let second = second_of_day(now);
        let spoken_for = pool.spoken_for(false).saturating_sub(pool.left_of_yesterday());
        self.brought_unseen(second, 0.5).map_or(-1, |brought| brought - spoken_for)
    }

    /// What a day of which nothing is seen has brought at `second` with probability `p`.
    fn brought_unseen(&self, second: f64, p: f64) -> Option<i64> {
        let mut brought: Vec<(f64, f64)> =
            self.ways_now.iter().map(|way| (way.brought_at(second), way.weight)).collect();
        brought.sort_by(|one, other| other.0.total_cmp(&one.0));
        quantile(&brought, p).map(whole)
    }

    /// How likely a refund fits at `now` into a pool of which nothing is seen.
    pub fn fits_unseen(&self, looker: Looker, pool: &Pool, now: Timestamp) -> f64 {
        let left = self.of_yesterday(pool).map_or(0.0, |(left, _)| left);
        self.moments_of(looker, left, pool, second_of_day(now)).share_by(0.0)
    }

    /// When a refund should look into a pool of which nothing is seen: `now` or later today; none if no look of today is worth
    /// its price. `per_hour` is how many refusals may be spent in a full hour of waiting.
    pub fn next_look(&self, looker: Looker, pool: &Pool, per_hour: f64, now: Timestamp) -> Option<Timestamp> {
        let second = second_of_day(now);
        // While yesterday's money is likely to cover it before it is lost, what comes after that does not matter.
        let overnight = self
            .of_yesterday(pool)
            .map(|(left, until)| (self.moments_of(looker, left, pool, second), until - second));
        let likely = overnight.filter(|(moments, end)| moments.share_by(*end) >= 0.5);
        let today = || (self.moments_of(looker, 0.0, pool, second), LAST_SECOND - second);
        let (looks, end) = likely.unwrap_or_else(today);
        let spent = self.past.iter().map(|past| past.spent).chain([pool.today.spent]);
        let price = Price::of(spent, per_hour * scattered::more_looks(self.gap_s));
        let waited_s = looker.waited.as_secs_f64();
        // Who misses today's money waits for the next day that brings enough.
        let day_brings = moments(&self.ways, looker.need as f64, None, 0.0).share_by(LAST_SECOND).max(RARELY);
        let costs = Costs {
            next_is_free: looker.is_first,
            // Its own hours are counted only when it goes: where refunds are few, the price would be learned too late.
            refusal_s: |in_s| price.after_s(waited_s + in_s),
            missed_s: DAY_S / day_brings + UNTIL_TRADE_S,
        };
        let seconds = next_look(&looks, end, costs)?;
        Some(now + SignedDuration::from_millis(whole(seconds * 1_000.0)))
    }

    /// How likely a refund fits into a pool of which nothing is seen, when its money is lost next.
    pub fn fits_at_last(&self, looker: Looker, pool: &Pool) -> f64 {
        let (left, end) = self.of_yesterday(pool).unwrap_or((0.0, LAST_SECOND));
        self.moments_of(looker, left, pool, 0.0).share_by(end)
    }

    /// What yesterday left, and until which second of today it is refundable.
    fn of_yesterday(&self, pool: &Pool) -> Option<(f64, f64)> {
        pool.carried.map(|carried| {
            (carried.left as f64, carried.until.duration_since(self.day.start()).as_secs_f64())
        })
    }

    /// The moments at which a refund first fits into a pool of which nothing is seen, in seconds from `second` of today, if so
    /// much of yesterday's money is left.
    ///
    /// Where payments are few, the minute in which one came on a past day says little of today: a moment is spread over the gap
    /// between payments. And no past day rules out that today is unlike all of them: so a refund larger than any day looks once
    /// a day all the same.
    fn moments_of(&self, looker: Looker, of_yesterday: f64, pool: &Pool, second: f64) -> Moments {
        let wanted = pool.spoken_for(looker.is_kept_for).saturating_add(looker.need);
        let no_smaller = |told: &&Told| !told.enough && told.brought <= wanted;
        let refused = pool.today.told.iter().rfind(no_smaller).map_or(0.0, |told| second_of_day(told.at));
        let mut all = Moments::default();
        for way in &self.ways_now {
            let Some(at) = way.brings_first(wanted as f64 - of_yesterday) else {
                all.never += way.weight;
                continue;
            };
            let gap_s = way.gap_s();
            if gap_s < SCATTERED_S {
                all.at.push((at - second, way.weight));
                continue;
            }
            let weight = way.weight / SPREAD.len() as f64;
            for at in SPREAD.map(|share| at + share * gap_s) {
                if at > LAST_SECOND {
                    all.never += weight;
                } else if at >= refused {
                    all.at.push((at - second, weight));
                }
            }
        }
        // What a refusal has shown stays shown: the longer the day has been refused, the less is left of it to be unlike any.
        let to_come = 1.0 - self.trading_hours.come_by(refused);
        let unlike_any = all.total() * UNLIKE_ANY * to_come / UNLIKE_ANY_AT.len() as f64;
        let at = UNLIKE_ANY_AT.map(|share| self.trading_hours.after(refused, share));
        all.at.extend(at.map(|at| (at - second, unlike_any)));
        all
    }

    /// When a refund leaves that needs `need` after `ahead` was taken by those before it.
    pub fn leaving(&self, need: i64, ahead: i64, pool: &Pool, now: Timestamp) -> Leaving {
        let wanted = need.saturating_add(ahead);
        let later = (1..DAYS_AHEAD).map(|days| {
            let day = self.day.plus_days(days);
            (day.start(), self.late(moments(&self.ways_of(day), wanted as f64, None, 0.0)))
        });
        Leaving::of(std::iter::once((now, self.moments_today(wanted, pool, now))).chain(later))
    }

    /// How likely a refund that needs `need` leaves today, if nobody is before it.
    pub fn leaves_today(&self, need: i64, pool: &Pool, now: Timestamp) -> f64 {
        Leaving::of([(now, self.moments_today(need, pool, now))]).by(self.day.end())
    }

    /// The moments at which `wanted` leaves today, in seconds from `now`.
    fn moments_today(&self, wanted: i64, pool: &Pool, now: Timestamp) -> Moments {
        let second = second_of_day(now);
        let wanted = pool.spoken_for(true).saturating_add(wanted) as f64;
        self.late(moments(&self.ways_from(pool, second), wanted, self.of_yesterday(pool), second))
    }

    /// When a refund leaves that fits at `moments`: where nothing is seen, a look finds that only later.
    fn late(&self, moments: Moments) -> Moments {
        moments.later_by(if self.sight.net_per_seen.is_none() { LOOKS_LATE_S } else { 0.0 })
    }

    /// With which certainty promises are made, so that nine of ten are kept: more than that where they were broken too often.
    pub fn level(&self, pool: &Pool) -> f64 {
        level(self.past.iter().map(|past| past.promises).chain([pool.today.promises]))
    }

    /// How likely the pool has by the end of each of the next days, today first, brought `need` for one refund alone. Each day is
    /// reckoned when it is asked for.
    pub fn fits_by_day(&self, need: i64, pool: &Pool, now: Timestamp) -> impl Iterator<Item = f64> {
        let today = std::iter::once_with(move || self.leaves_today(need, pool, now));
        let later = (1..DAYS_AHEAD).map(move |days| {
            let ways = self.ways_of(self.day.plus_days(days));
            moments(&ways, need as f64, None, 0.0).share_by(LAST_SECOND)
        });
        today.chain(later)
    }

    /// What the day is expected to have brought by the end of each hour, in minor units: from what is known of it now.
    pub fn expected_by_hour(&self, pool: &Pool, now: Timestamp) -> Vec<i64> {
        let ways = self.ways_from(pool, second_of_day(now));
        let all: f64 = ways.iter().map(|way| way.weight).sum();
        let by = |hour: i32| {
            let at = f64::from(hour) * 3600.0;
            let sum: f64 = ways.iter().map(|way| way.weight * way.brought_at(at).max(0.0)).sum();
            whole(sum / all.max(f64::MIN_POSITIVE))
        };
        (1..=24).map(by).collect()
    }

    /// The ways today may go on from `second` of it.
    fn ways_from(&self, pool: &Pool, second: f64) -> Cow<'_, [Path]> {
        match self.belief(pool) {
            Some(belief) => {
                let (past, calendar) = (&self.past, &self.calendar);
                Cow::Owned(paths::seen(past, self.day, second, belief.brought, self.sight.leak, calendar))
            }
            None => Cow::Borrowed(&self.ways_now),
        }
    }

    fn ways_of(&self, day: ChinaDay) -> Vec<Path> {
        paths::unseen(&self.past, day, self.sight.leak, &self.calendar)
    }
}

/// How likely what a day left is counted on after it.
const SURELY: f64 = 0.9;

/// The moments at which the day first brings `wanted`, in seconds from `second` of it; with the help of yesterday's money as long
/// as that is refundable, given what is left of it and until which second.
fn moments(ways: &[Path], wanted: f64, of_yesterday: Option<(f64, f64)>, second: f64) -> Moments {
    let mut moments = Moments::default();
    for way in ways {
        let helped =
            of_yesterday.and_then(|(left, until)| way.brings_first(wanted - left).filter(|at| *at <= until));
        match helped.or_else(|| way.brings_first(wanted)) {
            Some(at) => moments.at.push((at - second, way.weight)),
            None => moments.never += way.weight,
        }
    }
    moments
}
