//! Amounts.

use wechatpay::money::{Currency, Money};

use crate::screen::plain;

/// An amount of the gateway in major units: `31,204.50 USD`. In an unknown currency it stays in minor units, and says so.
pub(crate) fn money(minor: i64, currency: &str) -> String {
    match Currency::parse(currency) {
        Ok(currency) => readable(Money::new(minor, currency)),
        Err(_) => format!("{minor} minor units of {}", plain(currency)),
    }
}

/// An amount of a pool.
pub(crate) fn fen(fen: i64) -> String {
    readable(Money::fen(fen))
}

/// A share or a probability from 0 to 1: `97 %`. What is not quite nothing or not quite all does not look like it.
pub(crate) fn percent(share: f64) -> String {
    match share {
        share if share > 0.0 && share < 0.01 => "under 1 %".to_owned(),
        share if share > 0.99 && share < 1.0 => "over 99 %".to_owned(),
        share => format!("{:.0} %", share * 100.0),
    }
}

/// `2,143`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The amount with its thousands apart.
fn readable(amount: Money) -> String {
    let text = amount.to_string();
    let (sign, rest) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (whole, rest) = rest.split_at(end);
    match whole.parse() {
        Ok(whole) => format!("{sign}{}{rest}", grouped(whole)),
        Err(_) => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_nothing_is_0_percent_and_only_all_is_100() {
        for (share, expected) in [
            (0.0, "0 %"),
            (0.001, "under 1 %"),
            (0.014, "1 %"),
            (0.9, "90 %"),
            (0.996, "over 99 %"),
            (1.0, "100 %"),
        ] {
            assert_eq!(percent(share), expected);
        }
    }

    #[test]
    fn amounts_are_shown_in_major_units_where_these_are_known() {
        assert_eq!(money(1250, "USD"), "12.50 USD");
        assert_eq!(money(1250, "JPY"), "1,250 JPY");
        assert_eq!(money(1250, "x\n"), "1250 minor units of x\\n");
        assert_eq!(fen(-5), "-0.05 CNY");
    }

    #[test]
    fn thousands_are_told_apart() {
        assert_eq!((fen(99_999), fen(100_000)), ("999.99 CNY".into(), "1,000.00 CNY".into()));
        assert_eq!(fen(-123_456_789), "-1,234,567.89 CNY");
        assert_eq!(fen(i64::MIN), "-92,233,720,368,547,758.08 CNY");
        assert_eq!(
            (grouped(0), grouped(999), grouped(1_234_567)),
            ("0".into(), "999".into(), "1,234,567".into())
        );
    }
}
