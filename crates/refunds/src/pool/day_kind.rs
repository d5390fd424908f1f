//! What kind of day a China day is, as far as trade goes.

use jiff::civil::Weekday;
use wechatpay::calendar::Calendar;
use wechatpay::china::ChinaDay;

/// A kind of day. Days of one kind bring more alike amounts than days of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayKind {
    /// A working day in China, make-up days among them.
    Working,
    /// An ordinary weekend.
    Weekend,
    /// A day of a holiday in China, its weekend days among them: then people travel.
    Holiday,
}

impl DayKind {
    /// The kind of `day`.
    pub fn of(day: ChinaDay, calendar: &Calendar) -> DayKind {
        if calendar.is_working_day(day) {
            return DayKind::Working;
        }
        let is_free_weekday = |day: ChinaDay| {
            !calendar.is_working_day(day)
                && !matches!(day.date().weekday(), Weekday::Saturday | Weekday::Sunday)
        };
        // A weekend day is a holiday's if a free weekday lies next to its weekend.
        if (-2..=2).any(|days| is_free_weekday(day.plus_days(days))) {
            DayKind::Holiday
        } else {
            DayKind::Weekend
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn holidays_take_their_weekends_with_them() {
        let calendar = Calendar::bundled();
        let kind = |month, day| DayKind::of(ChinaDay::from_date(date(2026, month, day)), &calendar);
        assert_eq!(kind(3, 4), DayKind::Working);
        assert_eq!(kind(3, 7), DayKind::Weekend);
        assert_eq!([kind(10, 1), kind(10, 3)], [DayKind::Holiday; 2]);
        assert_eq!(kind(2, 28), DayKind::Working, "a make-up Saturday");
    }
}
