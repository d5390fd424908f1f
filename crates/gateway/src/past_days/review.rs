//! What of yesterday we had not seen: the statement against our own books.

use refunds::pool::past::PastDay;
use wechatpay::china::ChinaDay;
use wechatpay::money::Currency;

/// The CNY pool of a merchant id, as far as past days of it are on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Review {
    /// How many days are on record.
    pub on_record: usize,
    /// The newest of them.
    pub last: Option<ChinaDay>,
    /// What yesterday was like, if it is among them.
    pub yesterday: Option<Yesterday>,
}

/// Yesterday, in fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Yesterday {
    /// What payers paid, by the statement.
    pub paid: i64,
    /// What of it we knew while the day lasted.
    pub seen: i64,
    /// What refunds drew, by the statement.
    pub refunded: i64,
    /// What of that was not drawn by our own refunds; negative if the statement has fewer of them than we.
    /// Source: [operations 2.6], [operations 6.4].
    pub unseen_outflow: i64,
}

impl Review {
    /// What `past` days say; the day before `today` is yesterday.
    pub fn of(past: &[PastDay], today: ChinaDay) -> Review {
        let cny = || past.iter().filter(|past| past.pool == Currency::CNY);
        let yesterday = cny().find(|past| past.day.next() == today).map(|past| Yesterday {
            paid: past.paid.total(),
            seen: past.seen,
            refunded: past.refunded,
            unseen_outflow: past.refunded.saturating_sub(past.accepted),
        });
        Review { on_record: cny().count(), last: cny().map(|past| past.day).max(), yesterday }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, time};
    use refunds::pool::exchange::Night;
    use refunds::pool::past::{Curve, Promises};
    use refunds::pool::price::Spent;

    use super::*;

    #[test]
    fn what_was_not_seen_of_yesterday_is_what_the_statement_has_beyond_our_books() {
        let day = |n| ChinaDay::from_date(Date::constant(2026, 3, n));
        let past = |pool, n| PastDay {
            pool,
            day: day(n),
            paid: Curve::of([(time(9, 0, 0, 0), 100 * i64::from(n))]),
            refunded: 30,
            seen: 90,
            accepted: 25,
            promises: Promises::default(),
            night: Night::default(),
            spent: Spent::default(),
        };
        let all = [past(Currency::CNY, 1), past(Currency::CNY, 2), past(Currency::HKD, 3)];
        let yesterday = Yesterday { paid: 200, seen: 90, refunded: 30, unseen_outflow: 5 };
        for (today, expected) in [(3, Some(yesterday)), (4, None)] {
            let review = Review::of(&all, day(today));
            assert_eq!(review, Review { on_record: 2, last: Some(day(2)), yesterday: expected }, "{today}");
        }
        assert_eq!(Review::of(&[], day(3)), Review::default());
    }
}
