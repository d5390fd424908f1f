//! What the night is worth: proceeds of the exchange, the fee, and whether a payout is due.

use serde::{Deserialize, Serialize};
use wechatpay::calendar::Calendar;
use wechatpay::china::ChinaDay;
use wechatpay::money::{Money, share_half_up};

use crate::chance::WHOLE_PPM;
use crate::pool::DayBook;
use crate::rates::ExchangeRate;
use crate::settings::FeeMode;

/// What a day is worth at its exchange, in smallest units of the settlement currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worth {
    /// What enters the settlement pool.
    pub proceeds: i64,
    /// What does not, as its fee stayed behind in CNY when the payments came.
    pub withheld: i64,
    /// The fee that leaves the settlement pool at once.
    pub fee: i64,
}

/// What a day's exchange brings.
///
/// Each payment and refund counts at its own order's rate, so the sum can be slightly negative on a day whose
/// refunds carry a worse rate than its payments. Source: [operations 1.2], E8, E9 and I10.
pub fn worth(day: &DayBook, fee_mode: FeeMode, fee_rate_ppm: u32) -> Worth {
    let net = day.net_settlement();
    let fee = fee(net, fee_rate_ppm);
    match fee_mode {
        FeeMode::NetAtSettlement => Worth { proceeds: net, withheld: 0, fee },
        FeeMode::WithheldAtPayment => Worth { proceeds: net - fee, withheld: fee, fee: 0 },
    }
}

/// The fee on a net amount, rounded half up; negative for a negative net, whose fee is given back.
pub fn fee(net: i64, fee_rate_ppm: u32) -> i64 {
    let whole = i64::from(WHOLE_PPM);
    // A share of at most the whole of an amount always fits.
    let magnitude = share_half_up(net.saturating_abs(), i64::from(fee_rate_ppm.min(WHOLE_PPM)), whole);
    magnitude.unwrap_or(0) * net.signum()
}

/// Whether the whole settlement pool goes to the bank on `day`: a business day, and at least `min_usd` whole US
/// dollars or their equivalent. Source: [refund-logic].
pub fn payout_due(
    held: Money,
    held_rate: ExchangeRate,
    usd_rate: ExchangeRate,
    min_usd: u32,
    day: ChinaDay,
    calendar: &Calendar,
) -> bool {
    // Both sides in CNY, scaled alike so that nothing is rounded.
    let unit = 10_i128.pow(held.currency().exponent());
    let held_cny = i128::from(held.minor()) * i128::from(held_rate.scaled());
    let threshold_cny = i128::from(min_usd) * i128::from(usd_rate.scaled()) * unit;
    held.minor() > 0 && held_cny >= threshold_cny && calendar.is_certain_business_day(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wechatpay::money::Currency;

    #[test]
    fn a_payout_needs_800_dollars_or_their_worth_and_a_business_day() {
        let calendar = Calendar::bundled();
        let rate = |scaled| ExchangeRate::from_scaled(scaled).unwrap();
        let (usd, jpy) = (rate(700_000_000), rate(5_000_000));
        for (held, held_rate, day, due) in [
            (Money::new(80_000, Currency::USD), usd, "2026-11-20", true),
            (Money::new(79_999, Currency::USD), usd, "2026-11-20", false),
            (Money::new(80_000, Currency::USD), usd, "2026-11-21", false), // Saturday
            (Money::new(9_000_000, Currency::USD), usd, "2026-02-18", false), // Spring Festival
            (Money::new(112_000, Currency::JPY), jpy, "2026-11-20", true),
            (Money::new(111_999, Currency::JPY), jpy, "2026-11-20", false),
            (Money::new(-80_000, Currency::USD), usd, "2026-11-20", false),
        ] {
            let day = ChinaDay::from_date(day.parse().unwrap());
            assert_eq!(payout_due(held, held_rate, usd, 800, day, &calendar), due, "{held} on {day}");
        }
    }

    #[test]
    fn the_fee_of_what_was_refunded_is_given_back() {
        assert_eq!(fee(10_000, 6_000), 60);
        assert_eq!(fee(-10_000, 6_000), -60);
        assert_eq!(fee(i64::MAX, 1_000_000), i64::MAX);
    }
}
