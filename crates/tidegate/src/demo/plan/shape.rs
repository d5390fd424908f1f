//! The shape of a week: weekends are strong, and what the shops' days look like the payments decide.

use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp};
use wechatpay::china::{self, ChinaDay};

/// The days of trade.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calendar {
    /// When trade begins.
    pub(super) from: Timestamp,
    /// How many China days it lasts, the first one counted.
    pub(super) days: usize,
}

/// Payments on a day as strong as a Saturday, times 10.
const STRONGEST: usize = 5300;

impl Calendar {
    /// The day with this index, from 0.
    pub(super) fn day(self, index: usize) -> ChinaDay {
        ChinaDay::of(self.from).plus_days(i32::try_from(index).unwrap_or(i32::MAX))
    }

    /// How many payments that day has.
    pub(super) fn payments(self, index: usize) -> usize {
        let tenths = match self.day(index).date().weekday() {
            Weekday::Saturday => 100,
            Weekday::Sunday => 85,
            Weekday::Friday => 45,
            _ => 35,
        };
        STRONGEST * tenths / 1000
    }

    /// The instant at which clocks in China show `hour`, `minute` and `second` on a day.
    pub(super) fn at(self, index: usize, hour: usize, minute: usize, second: usize) -> Timestamp {
        let seconds = i64::try_from(hour * 3600 + minute * 60 + second).unwrap_or(0);
        self.day(index).start() + SignedDuration::from_secs(seconds)
    }

    /// The hours of a day with the weight of each; those before trade begins have none.
    pub(super) fn hours(self, index: usize, weights: &[usize; 24]) -> [usize; 24] {
        let first = if index == 0 { usize::from(china::civil(self.from).hour().unsigned_abs()) } else { 0 };
        let mut hours = *weights;
        hours.iter_mut().take(first).for_each(|weight| *weight = 0);
        hours
    }

    /// The day on which the large refund finds its pool: the first Saturday that leaves some days before it, else the last.
    pub(super) fn high_water(self) -> usize {
        let saturday = (4..self.days).find(|&index| self.day(index).date().weekday() == Weekday::Saturday);
        saturday.unwrap_or(self.days.saturating_sub(1))
    }
}
