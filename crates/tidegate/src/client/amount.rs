//! Amounts as people type them: minor units, and nothing else.

use wechatpay::money::Currency;

/// Why a text is no amount in minor units.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AmountError {
    /// An amount in major units, which is refused rather than guessed: a factor of 100 is a lot of money.
    #[error(
        "`{name}` is in minor units (fen, cents), without a point: for {text} {currency} write `{minor}`, not `{text}`"
    )]
    Major {
        /// The column or argument.
        name: &'static str,
        /// What was typed.
        text: String,
        /// Its currency.
        currency: Currency,
        /// The same amount in minor units.
        minor: i64,
    },
    /// Something else.
    #[error("`{name}` is a whole number of minor units (fen, cents), digits only; `{text}` is none")]
    NotWhole {
        /// The column or argument.
        name: &'static str,
        /// What was typed.
        text: String,
    },
    /// A number beyond any amount.
    #[error("`{name}` is too large: {text}")]
    TooLarge {
        /// The column or argument.
        name: &'static str,
        /// What was typed.
        text: String,
    },
}

/// The amount `text` of the column or argument `name`, in minor units of `currency`.
///
/// The currency is only needed to say what a mistake should have been; whether it is one, the gateway decides.
pub(crate) fn minor_units(name: &'static str, text: &str, currency: &str) -> Result<i64, AmountError> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().map_err(|_| AmountError::TooLarge { name, text: text.to_owned() });
    }
    let text = text.to_owned();
    match Currency::parse(currency) {
        Ok(currency) => match in_minor_units(&text, currency.exponent()) {
            Some(minor) => Err(AmountError::Major { name, text, currency, minor }),
            None => Err(AmountError::NotWhole { name, text }),
        },
        Err(_) => Err(AmountError::NotWhole { name, text }),
    }
}

/// `12.50` as 1250 if the currency has at least as many places as are written.
fn in_minor_units(text: &str, exponent: u32) -> Option<i64> {
    let (whole, places) = text.split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let written = u32::try_from(places.len()).ok()?;
    let zeros = exponent.checked_sub(written)?;
    if !digits(whole) || !digits(places) {
        return None;
    }
    format!("{whole}{places}").parse::<i64>().ok()?.checked_mul(10_i64.checked_pow(zeros)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_minor_units() {
        for (text, minor) in
            [("0", 0), ("1", 1), ("1250", 1250), ("007", 7), ("9223372036854775807", i64::MAX)]
        {
            assert_eq!(minor_units("refund", text, "USD"), Ok(minor));
        }
    }

    #[test]
    fn a_point_is_refused_with_the_amount_that_was_meant() {
        for (text, currency, minor) in [
            ("12.50", "USD", "`1250`"),
            ("12.5", "CNY", "`1250`"),
            ("0.07", "USD", "`7`"),
            ("1.5", "KWD", "`1500`"),
        ] {
            let error = minor_units("refund", text, currency).unwrap_err().to_string();
            assert!(error.contains(minor) && error.contains("minor units"), "{error}");
        }
    }

    #[test]
    fn what_nobody_can_have_meant_is_refused_without_a_guess() {
        for (text, currency) in [
            ("", "USD"),
            ("-5", "USD"),
            ("+5", "USD"),
            ("1,250", "USD"),
            ("1 250", "USD"),
            ("1e3", "USD"),
            ("$5", "USD"),
            ("12.505", "USD"),
            ("12.5", "JPY"),
            ("12.50", "???"),
            (".5", "USD"),
            ("5.", "USD"),
            ("１２", "USD"),
            ("1.2.3", "USD"),
        ] {
            let error = minor_units("total", text, currency).unwrap_err();
            assert!(matches!(error, AmountError::NotWhole { .. }), "{text} {currency}: {error}");
        }
        let error = minor_units("total", "9223372036854775808", "USD").unwrap_err();
        assert!(matches!(error, AmountError::TooLarge { .. }), "{error}");
    }
}
