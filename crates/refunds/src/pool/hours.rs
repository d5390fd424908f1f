//! The hours in which a merchant trades, on the whole.

use super::paths::Path;
use super::rounding::count;

/// How many pieces a day is cut into, and how many seconds each has.
const PIECES: u32 = 48;
const PIECE_S: f64 = 1_800.0;
/// The share of a day's trade that is thought to come at any hour: no past day rules out the night.
const AT_ANY_HOUR: f64 = 0.1;

/// Which share of a day's trade has come by each half hour, on the mean of the ways it may go.
#[derive(Debug, Clone)]
pub struct TradingHours {
    by: Vec<f64>,
}

impl TradingHours {
    /// Those of a day that goes one of these ways.
    pub fn of(ways: &[Path]) -> TradingHours {
        let brought_by =
            |second: f64| ways.iter().map(|way| way.weight * way.brought_at(second)).sum::<f64>();
        let all = brought_by(f64::from(PIECES) * PIECE_S);
        let by = (0..=PIECES).map(|piece| {
            let of_day = f64::from(piece) / f64::from(PIECES);
            let of_trade = if all > 0.0 { brought_by(f64::from(piece) * PIECE_S) / all } else { of_day };
            AT_ANY_HOUR * of_day + (1.0 - AT_ANY_HOUR) * of_trade
        });
        TradingHours { by: by.collect() }
    }

    /// The second of the day by which `share` has come of what comes after `second`.
    pub fn after(&self, second: f64, share: f64) -> f64 {
        let come = self.come_by(second);
        let wanted = come + share * (1.0 - come);
        let piece = self.by.partition_point(|&by| by <= wanted).saturating_sub(1);
        let (from, to) = self.ends_of(piece);
        PIECE_S * (piece as f64 + if to > from { (wanted - from) / (to - from) } else { 0.0 })
    }

    /// The share of the day's trade that has come by `second`.
    pub fn come_by(&self, second: f64) -> f64 {
        let pieces = (second / PIECE_S).max(0.0);
        let (from, to) = self.ends_of(count(pieces));
        from + (to - from) * pieces.fract()
    }

    /// The shares that have come when a piece of the day begins and when it ends.
    fn ends_of(&self, piece: usize) -> (f64, f64) {
        let by = |end: usize| self.by.get(end).copied().unwrap_or(1.0);
        (by(piece), by(piece + 1))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};
    use wechatpay::calendar::Calendar;
    use wechatpay::china::ChinaDay;

    use super::super::past::PastDay;
    use super::super::paths::unseen;
    use super::*;

    const HOUR_S: f64 = 3_600.0;

    /// A shop that is open from ten to eight, or one that has sold nothing yet.
    fn hours(sells: bool) -> TradingHours {
        let today = ChinaDay::from_date(date(2026, 3, 25));
        let paid = (10..20).filter(|_| sells).map(|hour| (time(hour, 30, 0, 0), 100));
        let day = PastDay::that_brought(today.plus_days(-1), paid);
        TradingHours::of(&unseen(&[day], today, 0.0, &Calendar::bundled()))
    }

    #[test]
    fn most_of_what_comes_comes_while_the_shop_is_open() {
        let hours = hours(true);
        for (after, share, between) in
            [(0.0, 0.1, 9.0..12.0), (0.0, 0.5, 14.0..16.0), (15.0, 0.5, 16.0..18.5)]
        {
            let at = hours.after(after * HOUR_S, share) / HOUR_S;
            assert!(between.contains(&at), "{share} of what comes after {after}: by {at}");
        }
    }

    #[test]
    fn what_still_comes_after_closing_time_comes_at_any_hour() {
        let half = hours(true).after(22.0 * HOUR_S, 0.5);
        assert!((half - 23.0 * HOUR_S).abs() < 1.0, "{half}");
        assert!((hours(false).after(0.0, 0.5) - 12.0 * HOUR_S).abs() < 1.0);
    }

    #[test]
    fn nothing_comes_before_and_all_of_it_by_the_end() {
        for second in [0.0, 9.3 * HOUR_S, 23.9 * HOUR_S, 24.0 * HOUR_S] {
            assert!((hours(true).after(second, 0.0) - second).abs() < 1.0, "{second}");
            assert!((hours(true).after(second, 1.0) - 24.0 * HOUR_S).abs() < 1.0, "{second}");
        }
    }
}
