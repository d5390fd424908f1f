//! Amounts.

use wechatpay::money::{Currency, Money};

use crate::screen::plain;

/// An amount of the gateway in major units: `12.50 USD`. In an unknown currency it stays in minor units, and says so.
pub(crate) fn money(minor: i64, currency: &str) -> String {
    match Currency::parse(currency) {
        Ok(currency) => Money::new(minor, currency).to_string(),
        Err(_) => format!("{minor} minor units of {}", plain(currency)),
    }
}

/// An amount of a pool.
pub(crate) fn fen(fen: i64) -> String {
    Money::fen(fen).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_shown_in_major_units_where_these_are_known() {
        assert_eq!(money(1250, "USD"), "12.50 USD");
        assert_eq!(money(1250, "JPY"), "1250 JPY");
        assert_eq!(money(1250, "x\n"), "1250 minor units of x\\n");
        assert_eq!(fen(-5), "-0.05 CNY");
    }
}
