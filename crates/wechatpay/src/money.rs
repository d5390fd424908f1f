//! Exact amounts of money.

use std::fmt;

/// A currency of ISO 4217, by its three letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The renminbi: what mainland payers pay in, and what every refund is taken from.
    pub const CNY: Currency = Currency(*b"CNY");
    /// The Hong Kong dollar: what payers with a Hong Kong wallet pay in.
    pub const HKD: Currency = Currency(*b"HKD");
    /// The US dollar: the payout threshold is given in it.
    pub const USD: Currency = Currency(*b"USD");
    /// The yen, which has no smaller unit.
    pub const JPY: Currency = Currency(*b"JPY");

    /// The currency of a three-letter code in capitals, e.g. `CNY`.
    ///
    /// Fails for codes that ISO 4217 does not list as a currency in use.
    pub fn parse(code: &str) -> Result<Currency, UnknownCurrency> {
        let unknown = || UnknownCurrency { code: code.chars().take(8).collect() };
        let bytes: [u8; 3] = code.as_bytes().try_into().map_err(|_| unknown())?;
        if CODES.as_bytes().chunks(4).any(|listed| listed[..3] == bytes) {
            Ok(Currency(bytes))
        } else {
            Err(unknown())
        }
    }

    /// The three letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// How many decimal places the smallest unit stands behind the major one: 2 for CNY, 0 for JPY.
    ///
    /// WeChat Pay's own table was not found; this is ISO 4217's. Source: [parameter-specifications].
    pub fn exponent(&self) -> u32 {
        if ZERO_DECIMALS.iter().any(|code| code == &self.0) {
            0
        } else if THREE_DECIMALS.iter().any(|code| code == &self.0) {
            3
        } else {
            2
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The codes in use, four bytes each.
const CODES: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN \
BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ \
GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL \
LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN \
PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD \
TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ";

const ZERO_DECIMALS: [[u8; 3]; 15] = [
    *b"BIF", *b"CLP", *b"DJF", *b"GNF", *b"ISK", *b"JPY", *b"KMF", *b"KRW", *b"PYG", *b"RWF", *b"UGX",
    *b"VND", *b"VUV", *b"XAF", *b"XOF",
];
const THREE_DECIMALS: [[u8; 3]; 7] = [*b"BHD", *b"IQD", *b"JOD", *b"KWD", *b"LYD", *b"OMR", *b"TND"];

/// An exact amount in the smallest unit of its currency (fen for CNY, yen for JPY).
///
/// Never a float. Adding two currencies is an error, not a conversion.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// `minor` smallest units of `currency`; may be negative, as a balance may.
    pub const fn new(minor: i64, currency: Currency) -> Money {
        Money { minor, currency }
    }

    /// `fen` of CNY.
    pub const fn fen(fen: i64) -> Money {
        Money::new(fen, Currency::CNY)
    }

    /// The amount in smallest units.
    pub const fn minor(&self) -> i64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// The sum, if the currencies agree and it fits.
    pub fn checked_add(self, other: Money) -> Result<Money, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Money::new(minor, self.currency))
    }

    /// The difference, if the currencies agree and it fits.
    pub fn checked_sub(self, other: Money) -> Result<Money, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_sub(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Money::new(minor, self.currency))
    }

    fn same_currency(self, other: Money) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::CurrenciesDiffer { left: self.currency, right: other.currency })
        }
    }
}

impl fmt::Display for Money {
    /// In the major unit, e.g. `12.50 CNY`, `100 JPY`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exponent = self.currency.exponent();
        let scale = 10u64.pow(exponent);
        let magnitude = self.minor.unsigned_abs();
        let sign = if self.minor < 0 { "-" } else { "" };
        write!(f, "{sign}{}", magnitude / scale)?;
        if exponent > 0 {
            write!(f, ".{:0width$}", magnitude % scale, width = exponent as usize)?;
        }
        write!(f, " {}", self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `amount * part / whole` rounded half up, in 128 bits; for amounts that are not negative and a positive whole.
///
/// This is the rounding of partial refunds: `payer_refund = payer_total * refund / total`.
/// Source: [operations 1.2].
pub fn share_half_up(amount: i64, part: i64, whole: i64) -> Result<i64, MoneyError> {
    if amount < 0 || part < 0 || whole <= 0 {
        return Err(MoneyError::NotAShare);
    }
    let (amount, part, whole) = (i128::from(amount), i128::from(part), i128::from(whole));
    i64::try_from((2 * amount * part + whole) / (2 * whole)).map_err(|_| MoneyError::Overflow)
}

/// A code that names no currency in use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{code}` is not a currency code of ISO 4217; give three capital letters such as CNY or USD")]
pub struct UnknownCurrency {
    /// The first characters of what was given.
    pub code: String,
}

/// Why an amount could not be computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Two amounts of different currencies met.
    #[error("amounts in {left} and {right} cannot be added")]
    CurrenciesDiffer {
        /// The one.
        left: Currency,
        /// The other.
        right: Currency,
    },
    /// The result does not fit 64 bits.
    #[error("the amount is too large to compute with")]
    Overflow,
    /// A negative amount, or a whole that is not positive.
    #[error("a share needs amounts that are not negative and a whole above zero")]
    NotAShare,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_prints_in_the_major_unit_of_its_currency() {
        assert_eq!(Money::fen(1250).to_string(), "12.50 CNY");
        assert_eq!(Money::fen(-5).to_string(), "-0.05 CNY");
        assert_eq!(Money::new(100, Currency::JPY).to_string(), "100 JPY");
        assert_eq!(Money::new(1250, Currency::parse("KWD").unwrap()).to_string(), "1.250 KWD");
    }

    #[test]
    fn currencies_do_not_mix() {
        let error = Money::fen(1).checked_add(Money::new(1, Currency::USD)).unwrap_err();
        assert_eq!(error, MoneyError::CurrenciesDiffer { left: Currency::CNY, right: Currency::USD });
        assert_eq!(Money::fen(i64::MAX).checked_add(Money::fen(1)), Err(MoneyError::Overflow));
    }

    #[test]
    fn only_listed_codes_are_currencies() {
        for code in ["USD", "CNY", "AMD", "ZMW", "AED"] {
            assert_eq!(Currency::parse(code).unwrap().code(), code);
        }
        for code in ["", "cny", "CN", "CNYX", "XXX", "D A", "\u{ffff}"] {
            assert!(Currency::parse(code).is_err(), "{code}");
        }
    }

    #[test]
    fn shares_round_half_up_without_overflow() {
        assert_eq!(share_half_up(1000, 1, 3), Ok(333));
        assert_eq!(share_half_up(5, 1, 2), Ok(3));
        assert_eq!(share_half_up(i64::MAX, i64::MAX, i64::MAX), Ok(i64::MAX));
        assert_eq!(share_half_up(1, 1, 0), Err(MoneyError::NotAShare));
        assert_eq!(share_half_up(i64::MAX, 2, 1), Err(MoneyError::Overflow));
    }
}
