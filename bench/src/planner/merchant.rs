//! The merchants there are, each with the law by which it trades.
//!
//! They are made up. Each has something that makes a planner go wrong: few payments, bursts, days without trade, a level that
//! moves, a day that is cut by the pool's midnight, neighbours.

use jiff::civil::Weekday;
use serde::{Serialize, Serializer};
use wechatpay::calendar::Calendar;
use wechatpay::china::ChinaDay;

/// A merchant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Merchant {
    /// Its name, by which it is asked for.
    pub name: &'static str,
    /// How it trades.
    pub law: Law,
}

/// How a merchant trades. Amounts are in CNY, hours are China time and may pass 24: a day of trade may end after midnight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Law {
    /// What an ordinary working day brings, on average.
    pub day_cny: f64,
    /// What a payment brings, on average.
    pub ticket_cny: f64,
    /// How many refunds are asked for, for each payment of an ordinary day.
    pub refunds_per_payment: f64,
    /// The share of refunds that take three to twelve tickets.
    pub large: f64,
    /// From when to when it trades.
    pub open: (f64, f64),
    /// From when to when refunds are asked for: before the doors open somebody works through what came overnight.
    pub asked: (f64, f64),
    /// The two hours of the day about which most is sold.
    pub peaks: (f64, f64),
    /// What a Saturday or Sunday brings against a working day.
    pub weekend: f64,
    /// What a day of a mainland holiday brings against a working day.
    pub holiday: f64,
    /// How far the level swings up and down over four weeks, in the logarithm.
    pub swing: f64,
    /// By how much each day brings more than the one before, in the logarithm.
    pub growth: f64,
    /// How many days it does not open.
    pub closed: f64,
    /// On how many days tour buses come: one to three of them, each with twenty to sixty payments within half an hour.
    pub bus_days: f64,
    /// What a sale brings within two hours once a fortnight, against an ordinary day.
    pub sale: f64,
    /// On how many days of thirty nobody can pay, though refunds are asked for.
    pub outages: f64,
    /// Among how many sub-merchants refunds are shared; the first of them asks for four of five. None: it has none.
    pub sub_merchants: usize,
}

/// A shop that changes with nothing but the week.
pub const PLAIN: Law = Law {
    day_cny: 30_000.0,
    ticket_cny: 150.0,
    refunds_per_payment: 0.08,
    large: 0.12,
    open: (8.5, 22.5),
    asked: (5.5, 22.5),
    peaks: (12.5, 19.0),
    weekend: 1.3,
    holiday: 1.3,
    swing: 0.0,
    growth: 0.0,
    closed: 0.0,
    bus_days: 0.0,
    sale: 0.0,
    outages: 0.0,
    sub_merchants: 0,
};

/// All of them, in the order in which they are shown.
pub const MERCHANTS: [Merchant; 10] = [
    Merchant {
        name: "cafe",
        law: Law { day_cny: 3_000.0, ticket_cny: 60.0, refunds_per_payment: 0.10, ..PLAIN },
    },
    Merchant { name: "shop", law: PLAIN },
    Merchant {
        name: "department store",
        law: Law { day_cny: 300_000.0, ticket_cny: 300.0, refunds_per_payment: 0.06, ..PLAIN },
    },
    Merchant {
        name: "duty-free",
        law: Law { day_cny: 40_000.0, ticket_cny: 800.0, weekend: 1.0, holiday: 1.0, bus_days: 0.4, ..PLAIN },
    },
    Merchant {
        name: "sparse",
        law: Law {
            day_cny: 600.0,
            ticket_cny: 120.0,
            refunds_per_payment: 0.10,
            weekend: 1.0,
            holiday: 1.0,
            closed: 0.3,
            ..PLAIN
        },
    },
    Merchant { name: "seasonal", law: Law { weekend: 1.5, holiday: 2.0, swing: 0.4, ..PLAIN } },
    Merchant {
        name: "growing",
        law: Law { day_cny: 10_000.0, ticket_cny: 100.0, weekend: 1.0, holiday: 1.0, growth: 0.015, ..PLAIN },
    },
    Merchant {
        name: "london",
        law: Law {
            day_cny: 20_000.0,
            ticket_cny: 120.0,
            open: (17.0, 28.0),
            asked: (14.0, 28.0),
            peaks: (20.5, 25.5),
            weekend: 1.2,
            holiday: 1.0,
            ..PLAIN
        },
    },
    Merchant {
        name: "institution",
        law: Law { day_cny: 120_000.0, ticket_cny: 150.0, sub_merchants: 60, ..PLAIN },
    },
    Merchant {
        name: "flash",
        law: Law { day_cny: 20_000.0, ticket_cny: 100.0, sale: 5.0, outages: 1.0, ..PLAIN },
    },
];

/// How many days a merchant trades: the first thirty are there to be learned from, ninety count.
pub const DAYS: i32 = 120;
/// How many of them are there to be learned from.
pub const HISTORY_DAYS: u16 = 30;

/// The names of all merchants.
pub fn names() -> impl Iterator<Item = &'static str> {
    MERCHANTS.iter().map(|merchant| merchant.name)
}

impl Serialize for Merchant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

impl Law {
    /// What the `n`-th day of trade, which is `day`, brings on average if it opens, buses and sales left out. `phase` is where in
    /// its swing the level begins, in turns.
    pub fn level_cny(&self, n: i32, day: ChinaDay, phase: f64, calendar: &Calendar) -> f64 {
        let turns = f64::from(n) / 28.0 + phase;
        let swing = self.swing * libm::sin(2.0 * std::f64::consts::PI * turns);
        let kind = if is_holiday(day, calendar) {
            self.holiday
        } else if calendar.is_working_day(day) {
            1.0
        } else {
            self.weekend
        };
        self.day_cny * kind * libm::exp(swing + self.growth * f64::from(n))
    }
}

/// Whether `day` is one of at least three free days, of which one is a weekday.
fn is_holiday(day: ChinaDay, calendar: &Calendar) -> bool {
    let is_free = |day: ChinaDay| !calendar.is_working_day(day);
    let is_weekend = |day: ChinaDay| matches!(day.date().weekday(), Weekday::Saturday | Weekday::Sunday);
    // The longest holiday has nine days.
    let before = (1..9).map(|days| day.plus_days(-days)).take_while(|&day| is_free(day));
    let after = (0..9).map(|days| day.plus_days(days)).take_while(|&day| is_free(day));
    is_free(day) && before.chain(after).any(|day| !is_weekend(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(date: &str) -> ChinaDay {
        ChinaDay::of(format!("{date}T12:00:00+08:00").parse().unwrap())
    }

    #[test]
    fn a_holiday_takes_the_weekend_beside_it_along() {
        let calendar = Calendar::bundled();
        for (date, expected) in [
            // A Thursday to a Saturday are free for the New Year of 2026; the Sunday is worked.
            ("2026-01-01", true),
            ("2026-01-03", true),
            ("2026-01-04", false),
            // An ordinary Friday and Saturday.
            ("2026-01-09", false),
            ("2026-01-10", false),
            // Spring Festival.
            ("2026-02-17", true),
        ] {
            assert_eq!(is_holiday(day(date), &calendar), expected, "{date}");
        }
    }

    #[test]
    fn a_level_follows_week_holiday_and_growth() {
        let calendar = Calendar::bundled();
        let law = Law { weekend: 1.5, holiday: 2.0, growth: 0.01, ..PLAIN };
        for (n, date, expected) in [(0, "2026-01-09", 1.0), (0, "2026-01-10", 1.5), (0, "2026-01-02", 2.0)] {
            assert_eq!(law.level_cny(n, day(date), 0.0, &calendar), 30_000.0 * expected, "{date}");
        }
        let grown = law.level_cny(100, day("2026-01-09"), 0.0, &calendar) / 30_000.0;
        assert!((grown - std::f64::consts::E).abs() < 1e-9, "{grown}");
    }

    #[test]
    fn every_merchant_has_a_name_of_its_own() {
        let mut known: Vec<_> = names().collect();
        known.sort_unstable();
        known.dedup();
        assert_eq!(known.len(), MERCHANTS.len());
    }
}
