//! What past days come to: how many are on record, what yesterday was like, and what statements say beyond or against our books.

use refunds::pool::past::PastDay;
use refunds::pool::reconciliation::Reconciliation;
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
    /// The newest of them whose statement has come, beside our books.
    pub reconciled: Option<Reconciliation>,
    /// On how many days our books have what the statement lacks.
    pub for_a_person: usize,
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
}

impl Review {
    /// What `past` days say, and those with a statement, oldest first; the day before `today` is yesterday.
    pub fn of(past: &[PastDay], reconciled: &[Reconciliation], today: ChinaDay) -> Review {
        let cny = || past.iter().filter(|past| past.pool == Currency::CNY);
        let yesterday = cny().find(|past| past.day.next() == today).map(|past| Yesterday {
            paid: past.paid.total(),
            seen: past.seen,
            refunded: past.refunded,
        });
        Review {
            on_record: cny().count(),
            last: cny().map(|past| past.day).max(),
            yesterday,
            reconciled: reconciled.last().copied(),
            for_a_person: reconciled.iter().filter(|day| day.needs_a_person()).count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, time};
    use refunds::pool::exchange::Night;
    use refunds::pool::past::{Curve, Promises};
    use refunds::pool::price::Spent;
    use refunds::pool::reconciliation::Sums;

    use super::*;

    fn day(n: i8) -> ChinaDay {
        ChinaDay::from_date(Date::constant(2026, 3, n))
    }

    #[test]
    fn yesterday_is_the_day_before_today_of_the_cny_pool() {
        let past = |pool, n: i8| PastDay {
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
        let yesterday = Yesterday { paid: 200, seen: 90, refunded: 30 };
        for (today, expected) in [(3, Some(yesterday)), (4, None)] {
            let review = Review::of(&all, &[], day(today));
            let expected =
                Review { on_record: 2, last: Some(day(2)), yesterday: expected, ..Review::default() };
            assert_eq!(review, expected, "{today}");
        }
        assert_eq!(Review::of(&[], &[], day(3)), Review::default());
    }

    #[test]
    fn the_newest_statement_is_told_and_every_day_that_a_person_has_to_look_at_counted() {
        let ours = Sums { paid: 100, refunded: 30 };
        let reconciled = |n, paid| Reconciliation { day: day(n), stated: Sums { paid, refunded: 30 }, ours };
        let all = [reconciled(1, 99), reconciled(2, 99), reconciled(3, 120)];
        let review = Review::of(&[], &all, day(4));
        assert_eq!((review.reconciled, review.for_a_person), (Some(all[2]), 2));
    }
}
