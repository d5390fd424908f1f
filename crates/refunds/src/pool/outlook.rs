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
use super::past::PastDay;
use super::paths::{self, Path, second_of_day};
use super::promise::{Leaving, level};
use super::rounding::whole;
use super::schedule::{Means, Moments, next_look};
use super::sight::Sight;
use super::told::Told;

/// How many past days it takes to rely on them. Source: [operations 2.6].
const ENOUGH_DAYS: usize = 7;
/// How many days are looked ahead, today among them. Source: [operations 2.4].
pub const DAYS_AHEAD: i32 = 8;
/// Seconds of a day after which nothing is submitted.
const LAST_SECOND: f64 = 86_390.0;
/// How many seconds are lost on average, beyond midnight, by a refund that misses today's money.
const MISSED_S: f64 = 100_000.0;

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
    heeded: Option<Told>,
}

/// How a refund stands that looks into a pool nobody sees.
#[derive(Debug, Clone, Copy)]
pub struct Looker {
    /// What it needs, in minor units.
    pub need: i64,
    /// Since when it waits.
    pub since: Timestamp,
    /// How many of its attempts after the first were refused.
    pub refusals: u32,
    /// Whether the pool's money is kept together for it.
    pub is_kept_for: bool,
}

impl Outlook {
    /// What `past` days, oldest first, say of `day`.
    pub fn of(past: Vec<PastDay>, day: ChinaDay, calendar: Arc<Calendar>) -> Outlook {
        let sight = Sight::of(&past);
        let ways = paths::unseen(&past, day, sight.leak, &calendar);
        Outlook { day, calendar, sight, ways_now: ways.clone(), ways, heeded: None, past }
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
            self.ways_now = self.ways.clone();
            paths::weigh(&mut self.ways_now, &pool.today.told);
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
        let mut brought: Vec<(f64, f64)> =
            self.ways_now.iter().map(|way| (way.brought_at(second), way.weight)).collect();
        brought.sort_by(|one, other| other.0.total_cmp(&one.0));
        quantile(&brought, 0.5).map_or(-1, |brought| whole(brought) - pool.spoken_for(false))
    }

    /// When a refund should look into a pool of which nothing is seen: `now` or later today; none if no look of today is worth
    /// its price. `per_hour` is how many refusals it may spend for each hour of waiting.
    pub fn next_look(&self, looker: Looker, pool: &Pool, per_hour: f64, now: Timestamp) -> Option<Timestamp> {
        let second = second_of_day(now);
        let wanted = pool.spoken_for(looker.is_kept_for).saturating_add(looker.need) as f64;
        let moments = moments(&self.ways_now, wanted, second);
        let end = LAST_SECOND - second;
        let waited = now.duration_since(looker.since).as_secs_f64().max(0.0);
        let hours = (waited + moments.mean_until(end)) / 3600.0;
        let refusals = (per_hour * hours - f64::from(looker.refusals)).max(LEAST_REFUSALS);
        let seconds = next_look(&moments, end, Means { refusals, missed_s: MISSED_S })?;
        Some(now + SignedDuration::from_millis(whole(seconds * 1_000.0)))
    }

    /// How likely a refund fits at the end of today into a pool of which nothing is seen.
    pub fn fits_at_last(&self, looker: Looker, pool: &Pool) -> f64 {
        let wanted = pool.spoken_for(looker.is_kept_for).saturating_add(looker.need);
        moments(&self.ways_now, wanted as f64, 0.0).share_by(LAST_SECOND)
    }

    /// When a refund leaves that needs `need` after `ahead` was taken by those before it.
    pub fn leaving(&self, need: i64, ahead: i64, pool: &Pool, now: Timestamp) -> Leaving {
        let second = second_of_day(now);
        let wanted = |drawn: i64| drawn.saturating_add(need).saturating_add(ahead) as f64;
        let lag = if self.sight.net_per_seen.is_none() { LOOKS_LATE_S } else { 0.0 };
        let late = |moments: Moments| moments.later_by(lag);
        let today = late(moments(&self.ways_from(pool, second), wanted(pool.spoken_for(true)), second));
        let later = (1..DAYS_AHEAD).map(|days| {
            let day = self.day.plus_days(days);
            (day.start(), late(moments(&self.ways_of(day), wanted(0), 0.0)))
        });
        Leaving::of(std::iter::once((now, today)).chain(later))
    }

    /// With which certainty promises are made, so that nine of ten are kept: more than that where they were broken too often.
    pub fn level(&self, pool: &Pool) -> f64 {
        level(self.past.iter().map(|past| past.promises).chain([pool.today.promises]))
    }

    /// How likely the pool has by the end of each of the next days, today first, brought `need` for one refund alone.
    pub fn fits_by_day(&self, need: i64, pool: &Pool, now: Timestamp) -> Vec<f64> {
        let today = self.leaving(need, 0, pool, now).by(self.day.end());
        let later = (1..DAYS_AHEAD).map(|days| {
            let day = self.day.plus_days(days);
            let moments = moments(&self.ways_of(day), need as f64, 0.0);
            moments.share_by(LAST_SECOND)
        });
        std::iter::once(today).chain(later).collect()
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

/// The first of weighted amounts, in the order given, up to which `share` of the weight lies.
fn quantile(amounts: &[(f64, f64)], share: f64) -> Option<f64> {
    let wanted = share * amounts.iter().map(|(_, weight)| weight).sum::<f64>();
    let mut weight = 0.0;
    let reaches = |(_, each): &&(f64, f64)| {
        weight += each;
        weight >= wanted
    };
    amounts.iter().find(reaches).map(|(amount, _)| *amount)
}

/// How many refusals a refund may always spend on a day.
const LEAST_REFUSALS: f64 = 0.02;

/// The moments at which the day first brings `wanted`, in seconds from `second` of it.
fn moments(ways: &[Path], wanted: f64, second: f64) -> Moments {
    let mut moments = Moments::default();
    for way in ways {
        match way.brings_first(wanted) {
            Some(at) => moments.at.push((at - second, way.weight)),
            None => moments.never += way.weight,
        }
    }
    moments
}
