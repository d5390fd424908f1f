//! Exchange rates: fixed once a day, and for good in each payment.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use wechatpay::china::ChinaDay;
use wechatpay::money::{Currency, Money};

use crate::chance::{Chance, WHOLE_PPM};
use crate::wire;

/// CNY for one major unit of a foreign currency, times 10^8: 6.5 is 650000000. Source: [operations 1.1], F12.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExchangeRate(i64);

const SCALE: i128 = 100_000_000;

impl ExchangeRate {
    /// One for one.
    pub const PAR: ExchangeRate = ExchangeRate(100_000_000);

    /// The rate of a scaled value, which must be positive.
    pub const fn from_scaled(scaled: i64) -> Option<ExchangeRate> {
        if scaled > 0 { Some(ExchangeRate(scaled)) } else { None }
    }

    /// The value times 10^8.
    pub const fn scaled(&self) -> i64 {
        self.0
    }

    /// `amount` in CNY, rounded half up, and at least 1 fen for a positive amount; `None` if it does not fit.
    pub fn to_cny(self, amount: Money) -> Option<Money> {
        let unit = 10_i128.pow(amount.currency().exponent());
        let fen = half_up(i128::from(amount.minor()) * i128::from(self.0) * 100, unit * SCALE);
        smallest(fen, amount).map(Money::fen)
    }

    /// CNY `amount` in `currency`, rounded half up, and at least one smallest unit for a positive amount; `None` if
    /// it does not fit.
    pub fn from_cny(self, amount: Money, currency: Currency) -> Option<Money> {
        let unit = 10_i128.pow(currency.exponent());
        let minor = half_up(i128::from(amount.minor()) * unit * SCALE, 100 * i128::from(self.0));
        smallest(minor, amount).map(|minor| Money::new(minor, currency))
    }
}

/// `numerator / denominator`, rounded half up; the denominator is positive.
fn half_up(numerator: i128, denominator: i128) -> i128 {
    (2 * numerator + denominator).div_euclid(2 * denominator)
}

/// Nobody pays nothing: a positive amount stays one in the other currency.
fn smallest(converted: i128, amount: Money) -> Option<i64> {
    let converted = if amount.minor() > 0 { converted.max(1) } else { converted };
    i64::try_from(converted).ok()
}

/// The published rates.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rates {
    /// The middle of each currency's rate, scaled as in [`ExchangeRate`].
    #[serde(with = "wire::map")]
    pub cny_per_unit: BTreeMap<Currency, i64>,
    /// How far a day's rate may lie from the middle, in parts in a million.
    pub daily_swing_ppm: u32,
}

impl Default for Rates {
    /// Plausible figures for the currencies that tests and demonstrations use.
    fn default() -> Rates {
        let cny_per_unit = [
            ("USD", 710_000_000),
            ("HKD", 91_000_000),
            ("JPY", 4_700_000),
            ("EUR", 820_000_000),
            ("GBP", 950_000_000),
            ("KRW", 510_000),
            ("SGD", 550_000_000),
            ("AUD", 465_000_000),
            ("THB", 22_000_000),
        ];
        Rates {
            cny_per_unit: cny_per_unit
                .into_iter()
                .filter_map(|(code, scaled)| Some((Currency::parse(code).ok()?, scaled)))
                .collect(),
            daily_swing_ppm: 3_000,
        }
    }
}

impl Rates {
    /// The rate of `currency` at `at`, or `None` if none is published. Rates change at 10:00 Beijing time.
    /// Source: [operations 1.1], F11.
    pub fn at(&self, chance: &Chance, currency: Currency, at: Timestamp) -> Option<ExchangeRate> {
        if currency == Currency::CNY {
            return Some(ExchangeRate::PAR);
        }
        let middle = *self.cny_per_unit.get(&currency)?;
        let published = ChinaDay::of(at - SignedDuration::from_hours(10));
        let about = format!("{currency} {published}");
        let drawn = chance.below(2 * u64::from(self.daily_swing_ppm) + 1, "rate", &about, 0);
        let off_ppm = i128::from(drawn) - i128::from(self.daily_swing_ppm);
        let scaled = i128::from(middle) * (i128::from(WHOLE_PPM) + off_ppm) / i128::from(WHOLE_PPM);
        ExchangeRate::from_scaled(i64::try_from(scaled).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_convert_by_the_units_of_their_currencies() {
        let jpy = ExchangeRate(4_700_000);
        assert_eq!(jpy.to_cny(Money::new(1000, Currency::JPY)), Some(Money::fen(4700)));
        assert_eq!(jpy.from_cny(Money::fen(4700), Currency::JPY), Some(Money::new(1000, Currency::JPY)));
        let usd = ExchangeRate(650_000_000);
        assert_eq!(usd.to_cny(Money::new(100, Currency::USD)), Some(Money::fen(650)));
        assert_eq!(usd.from_cny(Money::fen(650), Currency::USD), Some(Money::new(100, Currency::USD)));
        assert_eq!(usd.from_cny(Money::fen(1), Currency::USD), Some(Money::new(1, Currency::USD)));
        assert_eq!(usd.to_cny(Money::new(i64::MAX, Currency::USD)), None);
    }

    #[test]
    fn a_rate_holds_from_ten_to_ten_and_stays_near_its_middle() {
        let (rates, chance) = (Rates::default(), Chance::new(3));
        let at = |text: &str| rates.at(&chance, Currency::USD, text.parse().unwrap()).unwrap().scaled();
        assert_eq!(at("2026-11-21T10:00:00+08:00"), at("2026-11-22T09:59:59+08:00"));
        assert_ne!(at("2026-11-21T10:00:00+08:00"), at("2026-11-22T10:00:00+08:00"));
        assert!((at("2026-11-21T10:00:00+08:00") - 710_000_000).abs() <= 2_130_000);
        assert!(rates.at(&chance, Currency::parse("ZMW").unwrap(), Timestamp::UNIX_EPOCH).is_none());
    }
}
