//! Amounts as statements write them: in major units, with the decimals of their currency. Source: \[inferred\] from V2.

use crate::money::{Currency, Money};

/// The amount that `text` gives in `currency`; `None` if it gives none. Fails with what is wrong.
///
/// An amount other than zero has a decimal point where its currency has decimals. No page says in which unit statements
/// of V3 are; one without a point could be in either, and be a hundred times too much.
pub(super) fn parse(text: &str, currency: Currency) -> Result<Option<Money>, &'static str> {
    if text.is_empty() {
        return Ok(None);
    }
    let (whole, fraction) = match text.split_once('.') {
        None => (text, None),
        Some((whole, fraction)) => (whole, Some(fraction)),
    };
    let are_digits = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !are_digits(whole) || !fraction.is_none_or(are_digits) {
        return Err("is not an amount such as 12.50");
    }
    let decimals = usize::try_from(currency.exponent()).unwrap_or(usize::MAX);
    let is_zero = whole.bytes().all(|byte| byte == b'0');
    if fraction.is_none() && decimals > 0 && !is_zero {
        return Err("has no decimals, so that nobody can say in which unit it is");
    }
    let fraction = fraction.unwrap_or_default().trim_end_matches('0');
    if fraction.len() > decimals {
        return Err("has more decimals than its currency");
    }
    let digits = whole.chars().chain(fraction.chars()).chain(std::iter::repeat('0'));
    let minor = digits
        .take(whole.len() + decimals)
        .try_fold(0_i64, |minor, digit| minor.checked_mul(10)?.checked_add(i64::from(digit.to_digit(10)?)));
    minor.map(|minor| Some(Money::new(minor, currency))).ok_or("is too large")
}

/// The amount without its currency: `12.50`, or `100` for yen.
pub(super) fn write(amount: Money) -> String {
    let text = amount.to_string();
    text.split_once(' ').map_or_else(|| text.clone(), |(digits, _)| digits.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_read_in_the_major_unit_of_their_currency() {
        let kwd = Currency::parse("KWD").unwrap();
        for (text, currency, minor) in [
            ("12.50", Currency::CNY, 1_250),
            ("12.5", Currency::CNY, 1_250),
            ("0.01", Currency::CNY, 1),
            ("12.00000", Currency::CNY, 1_200),
            ("0", Currency::CNY, 0),
            ("0.0", Currency::CNY, 0),
            ("00.00", Currency::HKD, 0),
            ("100", Currency::JPY, 100),
            ("100.00", Currency::JPY, 100),
            ("1.250", kwd, 1_250),
            ("92233720368547758.07", Currency::CNY, i64::MAX),
        ] {
            assert_eq!(parse(text, currency), Ok(Some(Money::new(minor, currency))), "{text} {currency}");
        }
        assert_eq!(parse("", Currency::CNY), Ok(None));
    }

    #[test]
    fn what_is_no_amount_or_of_an_unclear_unit_is_refused() {
        for (text, currency) in [
            ("-1.00", Currency::CNY),
            ("+1.00", Currency::CNY),
            ("1,000.00", Currency::CNY),
            (".50", Currency::CNY),
            ("1.", Currency::CNY),
            ("1.005", Currency::CNY),
            ("1e2", Currency::CNY),
            ("１.00", Currency::CNY),
            ("¥1.00", Currency::CNY),
            ("1250", Currency::CNY),
            ("100.5", Currency::JPY),
            ("92233720368547758.08", Currency::CNY),
            ("99999999999999999999", Currency::JPY),
        ] {
            assert!(parse(text, currency).is_err(), "{text} {currency}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(minor in 0..i64::MAX, code in prop::sample::select(vec!["CNY", "JPY", "KWD"])) {
            let amount = Money::new(minor, Currency::parse(code).unwrap());
            prop_assert_eq!(parse(&write(amount), amount.currency()), Ok(Some(amount)));
        }

        #[test]
        fn any_text_is_an_amount_or_none(text in any::<String>()) {
            let _ = parse(&text, Currency::CNY).is_ok();
        }
    }
}
