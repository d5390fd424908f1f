//! What a refusal may cost, where nothing is seen of a pool.
//!
//! A look too early is refused, a look too late has lost hours. How many refusals an hour is worth is not a matter of taste: the
//! refunds of a pool may together spend so many in a hundred full hours of waiting. The price of a refusal, in seconds of one
//! refund's waiting, is learned so that they do: it rises where too many were spent and falls where more might be. So a shop
//! whose refunds leave within the hour looks seldom and late, and one whose refunds wait for days looks in every hour of trade.
//!
//! There is one price for all refunds of a pool, because that spends refusals where they save most hours. Source: \[inferred\].

/// What refunds spent on looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    /// Refusals after the first attempt of each.
    pub refusals: u32,
    /// Full hours that each waited before an attempt, since the one before or since it was asked for; summed up.
    pub hours: u32,
}

impl Spent {
    /// Adds so many refusals and full hours.
    pub fn add(&mut self, refusals: u32, hours: u32) {
        self.refusals = self.refusals.saturating_add(refusals);
        self.hours = self.hours.saturating_add(hours);
    }
}

/// The price as long as nothing was learned, in seconds: two days. Where refunds leave within the hour anyway nothing is ever
/// learned, and there a refusal saves minutes at most.
const AT_FIRST_S: f64 = 172_800.0;
/// The least and the greatest price.
const BOUNDS_S: (f64, f64) = (60.0, 604_800.0);
/// As if so many refusals had been allowed and spent: what a single refund says is not yet a rule.
const TAKEN_FOR_GRANTED: f64 = 2.0;
/// Seconds of an hour.
const HOUR_S: f64 = 3_600.0;

/// The price of a refusal, by what was spent before.
#[derive(Debug, Clone, Copy)]
pub struct Price {
    spent: f64,
    allowed: f64,
    per_hour: f64,
}

impl Price {
    /// The price after what was spent on `earlier` days, if `per_hour` refusals are allowed for each full hour of waiting.
    pub fn of(earlier: impl IntoIterator<Item = Spent>, per_hour: f64) -> Price {
        let granted = Price { spent: TAKEN_FOR_GRANTED, allowed: TAKEN_FOR_GRANTED, per_hour };
        earlier.into_iter().fold(granted, |price, day| Price {
            spent: price.spent + f64::from(day.refusals),
            allowed: price.allowed + per_hour * f64::from(day.hours),
            ..price
        })
    }

    /// The price to one that will have waited for `waited_s` seconds, which count besides, in seconds.
    pub fn after_s(&self, waited_s: f64) -> f64 {
        let ratio = self.spent / (self.allowed + self.per_hour * libm::floor(waited_s / HOUR_S));
        // Twice the price saves far less than half of the refusals, so a price must move much to move them.
        (AT_FIRST_S * ratio * ratio * ratio * ratio).clamp(BOUNDS_S.0, BOUNDS_S.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_costs_more_where_too_many_were_spent_and_less_where_more_might_be() {
        let price = |refusals, hours| Price::of([Spent { refusals, hours }], 0.1).after_s(0.0);
        assert_eq!(price(0, 0), AT_FIRST_S);
        assert_eq!(price(10, 100), AT_FIRST_S, "as many as are allowed");
        assert!(price(12, 100) > AT_FIRST_S && price(8, 100) < AT_FIRST_S);
        assert_eq!([price(0, 10_000), price(10_000, 0)], [60.0, 604_800.0]);
    }

    #[test]
    fn the_full_hours_that_one_waits_itself_count_as_if_they_had_been_waited_before() {
        let price = Price::of([Spent { refusals: 12, hours: 100 }], 0.1);
        let later = Price::of([Spent { refusals: 12, hours: 103 }], 0.1);
        assert_eq!(price.after_s(3.9 * HOUR_S), later.after_s(0.0));
        assert_eq!(price.after_s(0.9 * HOUR_S), price.after_s(0.0));
    }

    #[test]
    fn days_are_summed_up() {
        let day = |refusals, hours| Spent { refusals, hours };
        let price_s = |days: &[Spent]| Price::of(days.iter().copied(), 0.1).after_s(0.0);
        assert_eq!(price_s(&[day(3, 20), day(0, 30)]), price_s(&[day(3, 50)]));
        let mut sum = Spent::default();
        sum.add(3, 20);
        sum.add(0, 30);
        assert_eq!(sum, day(3, 50));
    }
}
