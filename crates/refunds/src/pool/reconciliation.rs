//! A day's statement against our own books, by their sums.
//!
//! The statement is right about what happened, so what it has beyond our books we had not seen: payments of whoever does not
//! report them, and refunds that somebody made elsewhere. What our books have beyond the statement cannot be explained so: we
//! believed a payment or an acceptance that WeChat Pay does not know, and a person has to look.
//!
//! Sums can hide differences that cancel each other. Source: [operations 2.6], [operations 6.4].

use wechatpay::china::ChinaDay;

use super::ledger::LedgerDay;

/// The sums of a China day in one pool, in minor units of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// What payers paid.
    pub paid: i64,
    /// What refunds drew that WeChat Pay took on the day, whatever became of them.
    pub refunded: i64,
}

impl Sums {
    /// Those of our books; nothing without books of the day.
    pub fn of(books: Option<&LedgerDay>) -> Sums {
        books.map_or_else(Sums::default, |books| Sums { paid: books.paid, refunded: books.accepted })
    }
}

/// One day of one pool whose statement has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reconciliation {
    /// The day.
    pub day: ChinaDay,
    /// What the statement says.
    pub stated: Sums,
    /// What our books say, by all that is known now.
    pub ours: Sums,
}

impl Reconciliation {
    /// Payments on the statement that are not in our books.
    pub fn payments_unseen(&self) -> i64 {
        self.stated.paid.saturating_sub(self.ours.paid).max(0)
    }

    /// Payments in our books that the statement lacks.
    pub fn payments_missing(&self) -> i64 {
        self.ours.paid.saturating_sub(self.stated.paid).max(0)
    }

    /// What refunds drew that were made elsewhere.
    pub fn refunds_elsewhere(&self) -> i64 {
        self.stated.refunded.saturating_sub(self.ours.refunded).max(0)
    }

    /// Refunds in our books that the statement lacks.
    pub fn refunds_missing(&self) -> i64 {
        self.ours.refunded.saturating_sub(self.stated.refunded).max(0)
    }

    /// Whether a person has to look: our books have what the statement lacks.
    pub fn needs_a_person(&self) -> bool {
        self.payments_missing() > 0 || self.refunds_missing() > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day() -> ChinaDay {
        ChinaDay::from_date(jiff::civil::date(2026, 3, 2))
    }

    #[test]
    fn what_the_statement_has_beyond_our_books_is_explained_and_what_it_lacks_is_a_persons() {
        let sums = |paid, refunded| Sums { paid, refunded };
        for (case, stated, ours, [unseen, missing, elsewhere, lacking], needs_a_person) in [
            ("equal", sums(100, 30), sums(100, 30), [0, 0, 0, 0], false),
            ("payments that nobody reported", sums(100, 30), sums(60, 30), [40, 0, 0, 0], false),
            ("a refund made by hand", sums(100, 50), sums(100, 30), [0, 0, 20, 0], false),
            ("a report of what was never paid", sums(60, 30), sums(100, 30), [0, 40, 0, 0], true),
            ("a refund that the statement lacks", sums(100, 10), sums(100, 30), [0, 0, 0, 20], true),
            ("both ways", sums(100, 0), sums(0, 1), [100, 0, 0, 1], true),
        ] {
            let one = Reconciliation { day: day(), stated, ours };
            let found = [
                one.payments_unseen(),
                one.payments_missing(),
                one.refunds_elsewhere(),
                one.refunds_missing(),
            ];
            assert_eq!(
                (found, one.needs_a_person()),
                ([unseen, missing, elsewhere, lacking], needs_a_person),
                "{case}"
            );
        }
    }

    #[test]
    fn our_side_of_a_day_without_books_is_nothing() {
        assert_eq!(Sums::of(None), Sums::default());
        let books = LedgerDay {
            paid: 7,
            accepted: 3,
            returned: 2,
            ..LedgerDay::empty(wechatpay::money::Currency::CNY, day())
        };
        assert_eq!(
            Sums::of(Some(&books)),
            Sums { paid: 7, refunded: 3 },
            "a closed refund stays on the statement of its day"
        );
    }
}
