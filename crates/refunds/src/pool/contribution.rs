//! What a sub-merchant brings to a pool, and how far its own word is relied on for that.
//!
//! A report of a payment is a tenant's word. It counts for as much as earlier reports of the same sub-merchant turned out to be
//! true: one that reports what nobody paid would otherwise send everybody's refunds into a pool that cannot pay them. A report is
//! judged when WeChat Pay speaks of its order, and so that it does speak, some are asked about; each of those stands for the
//! reports since the one before, so that honest sub-merchants cost few questions and inventing ones lose their weight soon.
//! Source: \[inferred\].

use wechatpay::china::ChinaDay;
use wechatpay::ids::SubMchid;
use wechatpay::money::Currency;

/// So much is lent to whoever has not been judged yet, in minor units: reports of as much that nobody confirms halve a
/// newcomer's word.
const PRIOR: i64 = 100_000;

/// Of what was judged, about so much is remembered: half of it gives way to what comes later, so that a sub-merchant whose
/// system is mended is believed again, and long honesty does not cover a system that breaks.
const REMEMBERED: i64 = 100 * PRIOR;

/// Whose contribution to which pool: a directly connected merchant has no sub-merchant.
pub type Contributor = (Currency, Option<SubMchid>);

/// What one sub-merchant, or a directly connected merchant itself, has brought to one pool. Amounts are in minor units of the
/// pool's currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contribution {
    /// The pool, by the payer's currency.
    pub pool: Currency,
    /// The sub-merchant; none for a directly connected merchant.
    pub sub_mchid: Option<SubMchid>,
    /// What was reported and judged since.
    pub judged: i64,
    /// What of that was true.
    pub confirmed: i64,
    /// What was reported since a report was last asked about.
    pub unchecked: i64,
    /// The day of `brought`.
    pub day: ChinaDay,
    /// What it brought on that day: payments on WeChat Pay's word, and reports as far as they count.
    pub brought: i64,
    /// The same of the last day before that on which it brought anything.
    pub brought_before: i64,
}

impl Contribution {
    /// Nothing yet, on `day`.
    pub fn none((pool, sub_mchid): Contributor, day: ChinaDay) -> Contribution {
        Contribution {
            pool,
            sub_mchid,
            judged: 0,
            confirmed: 0,
            unchecked: 0,
            day,
            brought: 0,
            brought_before: 0,
        }
    }

    /// Whose it is.
    pub fn contributor(&self) -> Contributor {
        (self.pool, self.sub_mchid.clone())
    }

    /// What a report of `amount` counts for: never more than it says.
    pub fn counts(&self, amount: i64) -> i64 {
        let relied_on = i128::from(self.confirmed.saturating_add(PRIOR));
        let known = i128::from(self.judged.saturating_add(PRIOR)).max(1);
        i64::try_from(i128::from(amount) * relied_on / known).unwrap_or(amount).min(amount)
    }

    /// A payment of `amount` was reported.
    pub fn reported(&mut self, amount: i64) {
        self.unchecked = self.unchecked.saturating_add(amount);
    }

    /// Whether one of its reports should be asked about: so much was reported since the last one as was ever found true, beside
    /// what is lent to everybody, or less where its word is worth less.
    pub fn wants_a_check(&self) -> bool {
        self.unchecked > self.counts(self.confirmed.saturating_add(PRIOR))
    }

    /// A report of `amount` turned out to be `true_amount`, which is none if nobody paid. If it was asked about as one of many
    /// (`is_check`), it stands for all since the last one.
    pub fn judge(&mut self, amount: i64, true_amount: i64, is_check: bool) {
        let amount = amount.max(0);
        let confirmed = true_amount.clamp(0, amount);
        let stands_for = if is_check { amount.max(self.unchecked) } else { amount };
        let share =
            if amount == 0 { 0 } else { i128::from(confirmed) * i128::from(stands_for) / i128::from(amount) };
        self.unchecked = if is_check { 0 } else { self.unchecked.saturating_sub(amount).max(0) };
        self.judged = self.judged.saturating_add(stands_for);
        self.confirmed = self.confirmed.saturating_add(i64::try_from(share).unwrap_or(stands_for));
        if self.judged > REMEMBERED {
            let kept = |sum: i64| {
                i64::try_from(i128::from(sum) * i128::from(REMEMBERED / 2) / i128::from(self.judged))
            };
            // Both are shares of `REMEMBERED`, which fits.
            self.confirmed = kept(self.confirmed).unwrap_or(0);
            self.judged = REMEMBERED / 2;
        }
    }

    /// On `today` it brought `difference` more than was known: less, where a report was wrong. A later day begins anew.
    pub fn brings(&mut self, difference: i64, today: ChinaDay) {
        if self.day != today {
            (self.brought_before, self.brought, self.day) = (self.brought, 0, today);
        }
        self.brought = self.brought.saturating_add(difference);
    }

    /// What its share of the pool is measured by on `day`: what it brought on that day and on the last one before.
    pub fn measure_on(&self, day: ChinaDay) -> i64 {
        if self.day == day { self.brought.saturating_add(self.brought_before) } else { self.brought }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> ChinaDay {
        ChinaDay::from_date("2026-03-02".parse().unwrap())
    }

    fn newcomer() -> Contribution {
        Contribution::none((Currency::CNY, None), today())
    }

    #[test]
    fn a_newcomers_word_counts_in_full_and_honesty_keeps_it_so() {
        let mut honest = newcomer();
        assert_eq!(honest.counts(5_000_000), 5_000_000);
        for _ in 0..1_000 {
            honest.reported(70_000);
            honest.judge(70_000, 70_000, false);
        }
        assert_eq!(honest.counts(5_000_000), 5_000_000);
        assert!(honest.judged <= REMEMBERED && honest.unchecked == 0);
    }

    #[test]
    fn what_nobody_paid_soon_leaves_little_of_a_word() {
        for (invented, left) in [(1, 500), (2, 333), (4, 200), (9, 100), (99, 10)] {
            let mut inventing = newcomer();
            for _ in 0..invented {
                inventing.judge(PRIOR, 0, false);
            }
            assert_eq!(inventing.counts(1_000), left, "after {invented}");
        }
    }

    #[test]
    fn a_system_that_is_mended_is_believed_again() {
        let mut mended = newcomer();
        mended.judge(REMEMBERED, 0, false);
        assert!(mended.counts(1_000) < 20);
        for _ in 0..200 {
            mended.judge(10 * PRIOR, 10 * PRIOR, false);
        }
        assert!(mended.counts(1_000) > 990, "{mended:?}");
    }

    #[test]
    fn a_report_that_was_too_high_or_too_low_is_true_as_far_as_it_goes() {
        for (told, paid, confirmed) in [(100, 60, 60), (100, 140, 100), (100, -5, 0), (0, 5, 0)] {
            let mut one = newcomer();
            one.judge(told, paid, false);
            assert_eq!((one.judged, one.confirmed), (told, confirmed), "{told} of {paid}");
        }
    }

    #[test]
    fn one_that_is_asked_about_stands_for_those_since_the_last() {
        let mut inventing = newcomer();
        let mut checks = 0;
        for _ in 0..1_000 {
            inventing.reported(1_000);
            if inventing.wants_a_check() {
                inventing.judge(1_000, 0, true);
                checks += 1;
            }
        }
        assert!(
            (40..80).contains(&checks),
            "the less a word is worth, the more of it is asked about: {checks}"
        );
        assert!((90..100).contains(&inventing.counts(1_000)));
    }

    #[test]
    fn the_more_was_confirmed_the_fewer_are_asked_about() {
        let mut honest = newcomer();
        let mut checks = 0;
        for _ in 0..100_000 {
            honest.reported(1_000);
            if honest.wants_a_check() {
                honest.judge(1_000, 1_000, true);
                checks += 1;
            }
        }
        assert!((9..30).contains(&checks), "{checks}");
        assert_eq!(honest.counts(1_000), 1_000);
    }

    #[test]
    fn sums_as_large_as_can_be_are_no_reason_to_panic() {
        let mut huge = newcomer();
        for (amount, is_check) in [(i64::MAX, false), (i64::MAX, true), (1, true)] {
            huge.reported(amount);
            huge.judge(amount, i64::MAX, is_check);
            huge.brings(amount, today());
        }
        assert!(huge.counts(i64::MAX) > 0);
    }

    #[test]
    fn a_share_is_measured_by_today_and_the_last_day_before() {
        let (mut one, tomorrow) = (newcomer(), today().plus_days(1));
        one.brings(700, today());
        one.brings(-200, today());
        assert_eq!((one.measure_on(today()), one.measure_on(tomorrow)), (500, 500));
        one.brings(5, tomorrow);
        assert_eq!((one.measure_on(tomorrow), one.measure_on(tomorrow.plus_days(1))), (505, 5));
    }
}
