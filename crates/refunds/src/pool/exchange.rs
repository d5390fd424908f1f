//! At which hour of the night yesterday's money is lost.
//!
//! It is not published. As a rule a refund is paid from the payments of the China day on which it is submitted, so that at midnight all
//! of yesterday is out of reach; but WeChat Pay locks that money only later, and may go on paying refunds from it until then. Nobody
//! says so, answers do:
//! - **Shown refundable**: refunds have drawn more than today can have brought by then, and yesterday left enough to explain it. What
//!   today can have brought is more than any past day had by that time, half as much again, and more than what is seen of today makes
//!   plausible. So it takes no sight of the pool: where nothing is seen, the past days alone say what no day has ever brought. An hour
//!   at which this merchant trades shows little, a dead one all.
//! - **Shown gone**: NOT ENOUGH for a need that yesterday surely left, whatever was drawn since.
//!
//! Three nights that show it refundable teach an hour: the latest of them, not the middle, since each of them was so. A night that
//! shows it gone before that speaks against it; two such nights, and it is forgotten. Until enough past days are known nothing is judged.
//! Source: [operations 1.1], [operations 2.6], \[inferred\].

use jiff::{SignedDuration, Timestamp};
use wechatpay::china::ChinaDay;

use super::estimate::Pool;
use super::past::{PastDay, SLOT_S};
use super::rounding::whole;
use super::sight::Sight;
use crate::batch::PoolDay;
use crate::need::{Need, NeedSource};

/// What one night told of the money of the day before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Night {
    /// What refunds drew of it, as far as it was counted on, in minor units.
    pub drawn: i64,
    /// When it was last shown to be refundable, in seconds after midnight.
    pub refundable_at: Option<u32>,
    /// When it was first shown to be gone, in seconds after midnight.
    pub gone_at: Option<u32>,
}

impl Night {
    /// It was shown to be refundable at `second`.
    pub(super) fn shown_refundable(&mut self, second: u32) {
        self.refundable_at = self.refundable_at.max(Some(second));
    }

    /// It was shown to be gone at `second`.
    pub(super) fn shown_gone(&mut self, second: u32) {
        self.gone_at = Some(self.gone_at.map_or(second, |earlier| earlier.min(second)));
    }

    /// When it was gone, unless a later acceptance shows that this was a mistake.
    fn gone(&self) -> Option<u32> {
        self.gone_at.filter(|gone| self.refundable_at.is_none_or(|refundable| refundable < *gone))
    }
}

/// The hour until which yesterday's money is refundable, as nights have shown it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExchangeHour {
    /// Until then it is, in seconds after midnight: the latest at which a night has shown it.
    pub refundable_until: u32,
    /// From then on it is not, in seconds after midnight; none if no night has shown it.
    pub gone_from: Option<u32>,
    /// How many nights have shown that it is refundable after midnight.
    pub nights: usize,
}

/// How many nights teach an hour.
const TEACH: usize = 3;
/// How many later nights against it make what a night has shown worthless.
const UNTEACH: u32 = 2;
/// How long a night counts, in days.
const COUNTS: i32 = 28;

impl ExchangeHour {
    /// What `nights`, oldest first, teach for `day`; none if yesterday's money is out of reach at midnight, as far as is known.
    pub fn learned(
        nights: impl IntoIterator<Item = (ChinaDay, Night)>,
        day: ChinaDay,
    ) -> Option<ExchangeHour> {
        // When each night showed it refundable, and how many later ones spoke against it.
        let mut shown: Vec<(u32, u32)> = vec![];
        let mut gone: Vec<u32> = vec![];
        for (_, night) in
            nights.into_iter().filter(|(night, _)| day.plus_days(-COUNTS) <= *night && *night < day)
        {
            if let Some(gone_at) = night.gone() {
                shown.iter_mut().filter(|(at, _)| *at >= gone_at).for_each(|(_, against)| *against += 1);
                shown.retain(|(_, against)| *against < UNTEACH);
                gone.push(gone_at);
            }
            shown.extend(night.refundable_at.map(|at| (at, 0)));
        }
        let refundable_until = shown.iter().map(|(at, _)| *at).max().filter(|_| shown.len() >= TEACH)?;
        let gone_from = gone.into_iter().filter(|at| *at > refundable_until).min();
        Some(ExchangeHour { refundable_until, gone_from, nights: shown.len() })
    }
}

/// What a refund of today may be paid from besides today's money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carried {
    /// What is left of yesterday's money, in minor units.
    pub left: i64,
    /// Until when it is refundable.
    pub until: Timestamp,
}

/// The night into a day: what the day before left, and the hour that was learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Overnight {
    /// What the day before left, nine times in ten at least, in minor units.
    pub surely: i64,
    /// What it left as likely as not.
    pub probably: i64,
    /// The hour, if one was learned.
    pub hour: Option<ExchangeHour>,
}

impl Overnight {
    /// What of yesterday's money refunds can count on at `now`; nothing if no hour was learned, if it is past, or if this night has
    /// shown that the money is gone.
    pub fn carried(&self, today: &PoolDay, now: Timestamp) -> Option<Carried> {
        let until = self.hour.filter(|_| today.night.gone_at.is_none())?.refundable_until;
        let until = today.day.start() + SignedDuration::from_secs(i64::from(until));
        let left = self.surely.saturating_sub(today.night.drawn);
        Some(Carried { left, until }).filter(|carried| carried.left > 0 && now < carried.until)
    }

    /// Whether the refunds drawn from `pool` by `second` of its day show that yesterday's money is refundable.
    fn shows_refundable(&self, pool: &Pool, past: &[PastDay], sight: Sight, second: u32) -> bool {
        let beyond = pool.drawn().saturating_sub(most_by(pool, past, sight, second));
        0 < beyond && beyond <= self.probably
    }

    /// Whether it shows that yesterday's money is gone if `pool` does not cover `need`: what is counted on of it would have, beside the
    /// attempts under way. While nothing is counted on, all that was drawn today is taken to have been yesterday's.
    fn shows_gone(&self, pool: &Pool, need: &Need) -> bool {
        let uncounted = || self.surely.saturating_sub(pool.today.accepted);
        let left = pool.carried.map_or_else(uncounted, |carried| carried.left);
        need.source != NeedSource::Unknown && need.high.saturating_add(pool.promised) <= left
    }

    /// Takes in that refunds have drawn what `pool` says by `at`.
    pub fn heed_acceptance(&self, pool: &mut Pool, past: &[PastDay], sight: Sight, at: Timestamp) {
        let second = second_of_night(&pool.today, at);
        if let Some(second) = second.filter(|second| self.shows_refundable(pool, past, sight, *second)) {
            pool.today.night.shown_refundable(second);
        }
    }

    /// Takes in that `pool` does not cover `need` at `at`. If that shows that yesterday's money is gone, nothing of today counts on it
    /// any more.
    pub fn heed_refusal(&self, pool: &mut Pool, need: &Need, at: Timestamp) {
        let second = second_of_night(&pool.today, at);
        if let Some(second) = second.filter(|_| self.shows_gone(pool, need)) {
            pool.today.night.shown_gone(second);
            pool.carried = None;
        }
    }
}

/// The most that the day can have brought by `second` of it, in minor units.
fn most_by(pool: &Pool, past: &[PastDay], sight: Sight, second: u32) -> i64 {
    let slot = usize::try_from(i64::from(second) / i64::from(SLOT_S)).unwrap_or(usize::MAX);
    let ever = past.iter().map(|past| past.paid.paid_by(slot)).max().unwrap_or(0);
    let seen = pool.seen() as f64;
    let plausible = sight.net_per_seen.map_or(0.0, |per_seen| {
        per_seen.max(1.0) * seen + HARDLY_MORE * libm::sqrt((sight.noise * seen).max(0.0))
    });
    ever.saturating_add(ever / 2).max(whole(plausible.ceil()))
}

/// By how many deviations what a day has brought hardly ever lies above what is seen of it.
const HARDLY_MORE: f64 = 3.0;

/// The second of `today` at `at`, if that tells of the night: by nine the lock is over, since statements are made from then on.
/// Source: [operations 1.1].
fn second_of_night(today: &PoolDay, at: Timestamp) -> Option<u32> {
    let seconds = at.duration_since(today.day.start()).as_secs();
    u32::try_from(seconds).ok().filter(|second| *second < NIGHT_S)
}

/// How many seconds of a day tell of the night.
const NIGHT_S: u32 = 9 * 3_600;

#[cfg(test)]
mod tests {
    use jiff::civil::time;
    use wechatpay::money::Currency;

    use super::*;

    fn day(n: i32) -> ChinaDay {
        ChinaDay::from_date("2026-03-01".parse().unwrap()).plus_days(n)
    }

    fn shown(at: u32) -> Night {
        Night { refundable_at: Some(at), ..Night::default() }
    }

    fn gone(at: u32) -> Night {
        Night { gone_at: Some(at), ..Night::default() }
    }

    /// What nights one after the other teach for the day after them.
    fn learned(nights: &[Night]) -> Option<(u32, Option<u32>, usize)> {
        let nights = (0..).zip(nights).map(|(n, night)| (day(n), *night));
        let hour = ExchangeHour::learned(nights.clone(), day(i32::try_from(nights.count()).unwrap()));
        hour.map(|ExchangeHour { refundable_until, gone_from, nights }| (refundable_until, gone_from, nights))
    }

    #[test]
    fn three_nights_teach_an_hour_and_refusals_bound_it_from_above() {
        for (nights, expected) in [
            (&[][..], None),
            (&[shown(600), shown(1_200)], None),
            (&[shown(600), shown(1_200), shown(900)], Some((1_200, None, 3))),
            (
                &[gone(5_000), shown(600), shown(1_200), gone(7_000), shown(900)],
                Some((1_200, Some(5_000), 3)),
            ),
            // Once refused, once too early to be true, it is believed.
            (&[shown(600), shown(1_200), shown(900), gone(1_000)], Some((1_200, None, 3))),
        ] {
            assert_eq!(learned(nights), expected, "{nights:?}");
        }
    }

    #[test]
    fn two_later_nights_against_what_a_night_has_shown_make_it_worthless() {
        let taught = [shown(600), shown(1_200), shown(900), shown(300)];
        let then = |later: &[Night]| learned(&[&taught[..], later].concat());
        assert_eq!(then(&[gone(1_000), gone(1_100)]), Some((900, Some(1_000), 3)), "it became earlier");
        assert_eq!(then(&[gone(60), gone(60)]), None, "it is midnight again");
        assert_eq!(then(&[gone(60), shown(700), gone(60)]), None);
        assert_eq!(then(&[gone(60), gone(60), shown(700), shown(700), shown(700)]), Some((700, None, 3)));
        let mistaken = Night { refundable_at: Some(2_000), ..gone(60) };
        assert_eq!(then(&[mistaken, mistaken]), Some((2_000, None, 6)), "an acceptance says more");
    }

    #[test]
    fn a_night_counts_for_four_weeks() {
        let nights = || [(day(0), shown(600)), (day(1), shown(600)), (day(2), shown(600))];
        assert!(ExchangeHour::learned(nights(), day(28)).is_some());
        assert!(ExchangeHour::learned(nights(), day(29)).is_none());
        assert!(ExchangeHour::learned(nights(), day(2)).is_none(), "nothing is learned from what is to come");
    }

    /// A week of days that brought 100 within the hour after midnight and 1000 at noon.
    fn past() -> Vec<PastDay> {
        let payments = [(time(0, 30, 0, 0), 100), (time(12, 0, 0, 0), 1_000)];
        let past = |n| PastDay { seen: 1_100, ..PastDay::that_brought(day(n), payments) };
        (0..7).map(past).collect()
    }

    const OVERNIGHT: Overnight = Overnight { surely: 800, probably: 900, hour: None };

    fn at(hour: i64, minute: i64) -> Timestamp {
        day(8).start() + SignedDuration::from_mins(60 * hour + minute)
    }

    /// What is shown by refunds having drawn `drawn` at a time, of which `seen` was brought as far as is known.
    fn after_acceptance(drawn: i64, seen: i64, sight: Sight, at: Timestamp) -> Option<u32> {
        let mut pool = Pool::empty(Currency::CNY, day(8));
        (pool.today.accepted, pool.today.confirmed) = (drawn, seen);
        OVERNIGHT.heed_acceptance(&mut pool, &past(), sight, at);
        pool.today.night.refundable_at
    }

    #[test]
    fn only_more_than_a_day_can_have_brought_by_then_shows_yesterdays_money() {
        let sees = Sight::of(&past());
        let blind = Sight { net_per_seen: None, ..sees };
        for (drawn, seen, sight, at, shown) in [
            // Before the first payments of any day one fen tells.
            (1, 0, sees, at(0, 10), Some(600)),
            (1, 0, blind, at(0, 10), Some(600)),
            // After them half as much again may have come unseen, whatever is seen.
            (150, 0, sees, at(0, 40), None),
            (150, 0, blind, at(0, 40), None),
            (151, 0, blind, at(0, 40), Some(2_400)),
            // What is seen may be paid from, where it tells of the rest.
            (300, 300, sees, at(0, 40), None),
            (301, 300, sees, at(0, 40), Some(2_400)),
            (350, 300, Sight { noise: 1.0, ..sees }, at(0, 40), None),
            // More than yesterday left has another source.
            (1_050, 0, sees, at(0, 40), Some(2_400)),
            (1_051, 0, sees, at(0, 40), None),
            // A request of yesterday tells nothing, nor does one after nine.
            (500, 0, sees, at(-1, 59), None),
            (500, 0, sees, at(9, 0), None),
        ] {
            assert_eq!(after_acceptance(drawn, seen, sight, at), shown, "{drawn} of {seen} at {at}");
        }
    }

    #[test]
    fn not_enough_for_what_yesterday_surely_left_shows_that_it_is_gone() {
        let need = |amount| Need { low: amount, best: amount, high: amount, source: NeedSource::Exact };
        for (need, accepted, promised, counted_on, at, shown) in [
            (need(800), 0, 0, None, at(0, 10), Some(600)),
            (need(801), 0, 0, None, at(0, 10), None),
            (need(500), 200, 101, None, at(0, 10), None),
            (need(500), 200, 100, None, at(0, 10), Some(600)),
            (need(500), 0, 0, None, at(9, 0), None),
            (Need { source: NeedSource::Unknown, ..need(500) }, 0, 0, None, at(0, 10), None),
            // What is counted on is what a refusal puts an end to.
            (need(500), 400, 0, Some(500), at(0, 10), Some(600)),
            (need(500), 400, 1, Some(500), at(0, 10), None),
            (need(501), 0, 0, Some(500), at(0, 10), None),
        ] {
            let mut pool = Pool::empty(Currency::CNY, day(8));
            (pool.today.accepted, pool.promised) = (accepted, promised);
            pool.carried = counted_on.map(|left| Carried { left, until: at + SignedDuration::from_secs(1) });
            OVERNIGHT.heed_refusal(&mut pool, &need, at);
            assert_eq!(pool.today.night.gone_at, shown, "{need:?} at {at}");
            assert_eq!(pool.carried.is_some(), counted_on.is_some() && shown.is_none());
        }
    }

    #[test]
    fn yesterdays_money_counts_until_the_hour_as_far_as_it_was_not_drawn() {
        let hour = ExchangeHour { refundable_until: 1_800, gone_from: None, nights: 3 };
        let overnight = Overnight { hour: Some(hour), ..OVERNIGHT };
        let mut today = Pool::empty(Currency::CNY, day(8)).today;
        today.night.drawn = 300;
        let until = at(0, 30);
        assert_eq!(overnight.carried(&today, at(0, 29)), Some(Carried { left: 500, until }));
        assert_eq!(overnight.carried(&today, until), None);
        assert_eq!(OVERNIGHT.carried(&today, at(0, 29)), None, "no hour was learned");
        today.night.gone_at = Some(60);
        assert_eq!(overnight.carried(&today, at(0, 29)), None, "this night showed that it is gone");
    }
}
