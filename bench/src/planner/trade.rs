//! What a merchant's payers pay and ask back, day by day.
//!
//! The level of a day and the size of a ticket are log-normal; payments lie about two peaks. Refunds are of older orders: how many
//! are asked for on a day follows that day's trade, when they are asked for lies before its peaks, so that many of them meet an
//! empty pool. One in eight is large. Source: [operations 2.7].

use jiff::{SignedDuration, Timestamp};
use replay::history::{AskedRefund, EntryError, History, Payment};
use wechatpay::calendar::Calendar;
use wechatpay::china::ChinaDay;

use crate::planner::chance::{Chance, Draws};
use crate::planner::merchant::{DAYS, Law, Merchant};

/// How much the level of a day deviates, as a share of it; and how much a ticket does, in the logarithm.
const LEVEL_DEVIATES: f64 = 0.3;
const TICKET_DEVIATES: f64 = 0.6;
/// The shares of payments about the first peak, and how far from their peaks they lie, in hours.
const FIRST_PEAK: f64 = 0.45;
const PEAK_DEVIATES: f64 = 1.6;
/// How long before a peak most refunds are asked for, and how far from that, in hours.
const ASKED_BEFORE: f64 = 2.0;
const ASKING_DEVIATES: f64 = 2.0;
/// How many tickets a large refund takes.
const LARGE_TICKETS: (f64, f64) = (3.0, 12.0);
/// The share of all refunds that the largest sub-merchant asks for.
const OF_THE_GIANT: f64 = 0.8;
/// A fortnight, and a month, in days.
const FORTNIGHT: i32 = 14;
const MONTH: i32 = 30;

/// The trade of `merchant` under `seed`.
///
/// With `shares`, refunds say whose they are, if the merchant has sub-merchants.
pub fn trade(merchant: &Merchant, seed: u64, shares: bool) -> Result<History, EntryError> {
    let first = first_day();
    let calendar = Calendar::bundled();
    let mut till =
        Till { chance: Chance::new(seed, merchant.name), law: merchant.law, paid: vec![], asked: vec![] };
    let phase = till.chance.draws("phase", 0).share();
    for n in 0..DAYS {
        let day = first.plus_days(n);
        till.open(n, day.start(), merchant.law.level_cny(n, day, phase, &calendar));
    }
    till.into_history(shares)
}

/// The first day of all trade: New Year's Day of 2026.
pub fn first_day() -> ChinaDay {
    // 2026-01-01T00:00:00+08:00.
    ChinaDay::of(Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_767_196_800))
}

/// What went over a merchant's till.
struct Till {
    chance: Chance,
    law: Law,
    paid: Vec<(Timestamp, i64)>,
    asked: Vec<Asked>,
}

/// One request for a refund.
struct Asked {
    at: Timestamp,
    amount_fen: i64,
    share: usize,
}

impl Till {
    /// Trades for the `n`-th day, which begins at `midnight` and brings `level_cny` on average.
    fn open(&mut self, n: i32, midnight: Timestamp, level_cny: f64) {
        if self.chance.draws("closed", n).happens(self.law.closed) {
            return;
        }
        let sigma = libm::sqrt(libm::log(1.0 + LEVEL_DEVIATES * LEVEL_DEVIATES));
        let today_cny = level_cny * self.chance.draws("level", n).log_normal(sigma);
        let hours = self.hours_paid(n, today_cny, level_cny);
        let mut tickets = self.chance.draws("tickets", n);
        if !self.is_out(n) {
            for hour in hours {
                self.paid.push((at(midnight, hour), self.ticket_fen(&mut tickets)));
            }
        }
        self.ask(n, midnight, today_cny);
    }

    /// The hours at which somebody pays.
    fn hours_paid(&self, n: i32, today_cny: f64, level_cny: f64) -> Vec<f64> {
        let law = &self.law;
        let payments = self.chance.draws("payments", n).count(today_cny / law.ticket_cny);
        let mut draws = self.chance.draws("hours paid", n);
        let mut hours: Vec<f64> = (0..payments)
            .map(|_| {
                let peak = if draws.happens(FIRST_PEAK) { law.peaks.0 } else { law.peaks.1 };
                hour_about(peak, PEAK_DEVIATES, law.open, &mut draws)
            })
            .collect();
        let mut buses = self.chance.draws("buses", n);
        if buses.happens(law.bus_days) {
            for _ in 0..whole(buses.between(1.0, 4.0)) {
                // Where the last half hour is still in opening hours.
                let comes = buses.between(law.open.0, law.open.1 - 0.5);
                let payments = whole(buses.between(20.0, 61.0));
                hours.extend((0..payments).map(|_| comes + 0.5 * buses.share()));
            }
        }
        let sale_day = whole(self.chance.draws("sale day", 0).between(0.0, f64::from(FORTNIGHT)));
        if i64::from(n % FORTNIGHT) == sale_day && law.sale > 0.0 {
            let mut sale = self.chance.draws("sale", n);
            let begins = sale.between(law.open.0, law.open.1 - 2.0);
            let payments = sale.count(law.sale * level_cny / law.ticket_cny);
            hours.extend((0..payments).map(|_| begins + 2.0 * sale.share()));
        }
        hours
    }

    /// Whether nobody can pay on the `n`-th day.
    fn is_out(&self, n: i32) -> bool {
        let day = whole(self.chance.draws("outage", n / MONTH).between(0.0, f64::from(MONTH)));
        self.law.outages > 0.0 && i64::from(n % MONTH) == day
    }

    /// Refunds are asked for.
    fn ask(&mut self, n: i32, midnight: Timestamp, today_cny: f64) {
        let law = self.law;
        let refunds = law.refunds_per_payment * today_cny / law.ticket_cny;
        let refunds = self.chance.draws("refunds", n).count(refunds);
        let mut hours = self.chance.draws("hours asked", n);
        let mut amounts = self.chance.draws("amounts asked", n);
        let mut shares = self.chance.draws("shares", n);
        for _ in 0..refunds {
            let peak = if hours.happens(0.5) { law.peaks.0 } else { law.peaks.1 };
            let hour = hour_about(peak - ASKED_BEFORE, ASKING_DEVIATES, law.asked, &mut hours);
            let ticket = self.ticket_fen(&mut amounts) as f64;
            let tickets = if amounts.happens(law.large) {
                amounts.between(LARGE_TICKETS.0, LARGE_TICKETS.1)
            } else {
                1.0
            };
            let others = law.sub_merchants.saturating_sub(1) as f64;
            let share = if shares.happens(OF_THE_GIANT) { 0 } else { 1 + whole(shares.between(0.0, others)) };
            self.asked.push(Asked {
                at: at(midnight, hour),
                amount_fen: whole(ticket * tickets),
                share: usize::try_from(share).unwrap_or(0),
            });
        }
    }

    fn ticket_fen(&self, draws: &mut Draws) -> i64 {
        // Nobody sells anything for less than 1 CNY.
        whole(100.0 * self.law.ticket_cny * draws.log_normal(TICKET_DEVIATES)).max(100)
    }

    fn into_history(self, shares: bool) -> Result<History, EntryError> {
        let Till { law, mut paid, mut asked, .. } = self;
        let mut history = History::default();
        paid.sort_by_key(|(at, _)| *at);
        for (at, amount_fen) in paid {
            history.pay(Payment { at, amount_fen })?;
        }
        asked.sort_by_key(|asked| asked.at);
        let has_shares = shares && law.sub_merchants > 0;
        for (n, Asked { at, amount_fen, share }) in asked.into_iter().enumerate() {
            let share = has_shares.then(|| format!("S{share}"));
            history.ask(AskedRefund { at, amount_fen, out_refund_no: format!("R{n}"), share })?;
        }
        Ok(history)
    }
}

/// An hour about `middle` between `from` and `to`.
fn hour_about(middle: f64, deviation: f64, (from, to): (f64, f64), draws: &mut Draws) -> f64 {
    let mut hours = std::iter::repeat_with(|| middle + deviation * draws.normal());
    // So many draws in a row do not miss the hours of any merchant here.
    hours.by_ref().take(64).find(|hour| (from..to).contains(hour)).unwrap_or(from)
}

/// The instant `hour` hours after `midnight`, to the millisecond.
fn at(midnight: Timestamp, hour: f64) -> Timestamp {
    midnight + SignedDuration::from_millis(whole(hour * 3_600_000.0))
}

/// The whole part of `figure`, which is far below where that overflows.
#[expect(clippy::cast_possible_truncation, reason = "amounts, counts and milliseconds of a day fit")]
fn whole(figure: f64) -> i64 {
    figure.floor() as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::merchant::{HISTORY_DAYS, MERCHANTS, names};

    fn merchant(name: &str) -> Merchant {
        MERCHANTS.into_iter().find(|merchant| merchant.name == name).unwrap()
    }

    /// What the law of `merchant` brings on average in all days, in CNY.
    fn expected_cny(law: &Law) -> f64 {
        let calendar = Calendar::bundled();
        let level = |n| law.level_cny(n, first_day().plus_days(n), 0.25, &calendar) * (1.0 - law.closed);
        let (days, fortnights) = (f64::from(DAYS), f64::from(DAYS / FORTNIGHT));
        let buses = law.bus_days * days * 2.0 * 40.0 * law.ticket_cny;
        let sales = law.sale * fortnights * law.day_cny * law.weekend.midpoint(1.0);
        let outages = law.outages / f64::from(MONTH);
        (0..DAYS).map(level).sum::<f64>() * (1.0 - outages) + buses + sales
    }

    #[test]
    fn totals_lie_near_the_law() {
        const SEEDS: u64 = 3;
        for merchant in MERCHANTS {
            let (mut paid, mut payments, mut asked) = (0.0, 0.0, 0.0);
            for seed in 0..SEEDS {
                let history = trade(&merchant, seed, false).unwrap();
                let trial = history.trial(0).unwrap();
                paid += trial.payments().iter().map(|payment| payment.amount_fen as f64 / 100.0).sum::<f64>();
                payments += trial.payments().len() as f64;
                asked += trial.refunds().len() as f64;
            }
            let expected = expected_cny(&merchant.law) * SEEDS as f64;
            assert!((paid / expected - 1.0).abs() < 0.12, "{}: {paid} of {expected}", merchant.name);
            let ticket = paid / payments / merchant.law.ticket_cny;
            assert!((ticket - 1.0).abs() < 0.05, "{}: {ticket}", merchant.name);
            let refunds = asked / payments;
            assert!((0.03..0.12).contains(&refunds), "{}: {refunds}", merchant.name);
        }
    }

    #[test]
    fn the_same_seed_brings_the_same_and_another_seed_another() {
        let told = |seed| {
            let history = trade(&merchant("duty-free"), seed, false).unwrap();
            let trial = history.trial(HISTORY_DAYS).unwrap();
            format!("{:?}{:?}", trial.payments(), trial.refunds())
        };
        assert_eq!(told(3), told(3));
        assert_ne!(told(3), told(4));
    }

    #[test]
    fn every_merchant_trades_in_order_within_its_hours() {
        for merchant in MERCHANTS {
            let history = trade(&merchant, 1, false).unwrap();
            let trial = history.trial(0).unwrap();
            assert!(trial.payments().is_sorted_by_key(|payment| payment.at), "{}", merchant.name);
            let (from, to) = merchant.law.open;
            for payment in trial.payments() {
                let midnight = ChinaDay::of(payment.at).start();
                let hour = payment.at.duration_since(midnight).as_secs_f64() / 3600.0;
                // The hours after midnight belong to the day before.
                let is_open = (from..to).contains(&hour) || (from..to).contains(&(hour + 24.0));
                assert!(is_open, "{}: {}", merchant.name, payment.at);
            }
        }
    }

    /// What each of the first days brings, in tickets.
    fn by_day(name: &str, seed: u64) -> Vec<f64> {
        let history = trade(&merchant(name), seed, false).unwrap();
        let trial = history.trial(0).unwrap();
        (0..DAYS).map(|n| trial.payments_of(first_day().plus_days(n)).len() as f64).collect()
    }

    #[test]
    fn each_merchant_has_what_it_is_there_for() {
        let empty = |days: &[f64]| days.iter().filter(|&&payments| payments == 0.0).count();
        let sparse = empty(&by_day("sparse", 1));
        assert!((24..48).contains(&sparse), "{sparse} of 120 days without trade");
        assert_eq!(empty(&by_day("flash", 1)), 4, "an outage a month");
        let sales = by_day("flash", 1).iter().filter(|&&payments| payments > 800.0).count();
        assert!((6..=9).contains(&sales), "{sales} sales of five ordinary days");
        let growing = by_day("growing", 1);
        assert!(growing[100..].iter().sum::<f64>() > 3.0 * growing[..20].iter().sum::<f64>());
        assert!(names().all(|name| by_day(name, 2) != by_day(name, 3)));
    }

    #[test]
    fn four_of_five_refunds_are_the_giants_and_everybody_else_has_some() {
        let history = trade(&merchant("institution"), 1, true).unwrap();
        let trial = history.trial(0).unwrap();
        let of = |share: &str| {
            trial.refunds().iter().filter(|refund| refund.share.as_deref() == Some(share)).count()
        };
        let giants = of("S0") as f64 / trial.refunds().len() as f64;
        assert!((giants - 0.8).abs() < 0.02, "{giants}");
        assert!((1..60).all(|n| of(&format!("S{n}")) > 0));
        let without = trade(&merchant("institution"), 1, false).unwrap();
        assert!(without.trial(0).unwrap().refunds().iter().all(|refund| refund.share.is_none()));
    }
}
