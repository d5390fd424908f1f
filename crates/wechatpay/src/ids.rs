//! The names WeChat Pay gives things, one type each, `parse` the only way in.
//!
//! A mixed-up argument then does not compile, and past `parse` nobody checks characters again.

use std::fmt;
use std::sync::Arc;

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Nothing was given.
    #[error("{name} is empty")]
    Empty {
        /// WeChat Pay's name of the field.
        name: &'static str,
    },
    /// More characters than WeChat Pay takes.
    #[error("{name} has {length} bytes; WeChat Pay takes {limit} at most")]
    TooLong {
        /// WeChat Pay's name of the field.
        name: &'static str,
        /// Bytes given.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A character WeChat Pay does not take here.
    #[error("{name} contains {found:?}; allowed are {allowed}")]
    Character {
        /// WeChat Pay's name of the field.
        name: &'static str,
        /// The first character that is not allowed.
        found: char,
        /// The allowed ones, in words.
        allowed: &'static str,
    },
}

const fn letter_or_digit(c: char) -> bool {
    c.is_ascii_alphanumeric()
}

fn check(
    name: &'static str,
    text: &str,
    limit: usize,
    allowed: &'static str,
    may_contain: fn(char) -> bool,
) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty { name });
    }
    if text.len() > limit {
        return Err(IdError::TooLong { name, length: text.len(), limit });
    }
    match text.chars().find(|&c| !may_contain(c)) {
        Some(found) => Err(IdError::Character { name, found, allowed }),
        None => Ok(()),
    }
}

/// Declares id types: documentation, name, WeChat Pay's spelling, longest length in bytes, characters in words
/// and as a predicate.
macro_rules! ids {
    ($($(#[$doc:meta])* $type:ident = $name:literal, $limit:literal, $allowed:literal, $may_contain:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(Arc<str>);

        impl $type {
            /// WeChat Pay's name of the field.
            pub const NAME: &'static str = $name;
            /// Longest length in bytes.
            pub const MAX_LENGTH: usize = $limit;

            /// The id written in `text`, which must be non-empty and have no character WeChat Pay refuses.
            pub fn parse(text: &str) -> Result<$type, IdError> {
                check($name, text, $limit, $allowed, $may_contain)?;
                Ok($type(text.into()))
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// A merchant id: an institution or a directly connected merchant. It owns a pool, a key and a rate budget.
    Mchid = "mchid", 32, "digits", |c| c.is_ascii_digit();
    /// A sub-merchant served by an institution.
    SubMchid = "sub_mchid", 32, "digits", |c| c.is_ascii_digit();
    /// The id of an official account or app that belongs to a merchant.
    Appid = "appid", 32, "letters and digits", letter_or_digit;
    /// The number a merchant gave an order.
    OutTradeNo = "out_trade_no", 32, "letters, digits, _ - | *", |c| letter_or_digit(c) || "_-|*".contains(c);
    /// The number WeChat Pay gave an order.
    TransactionId = "transaction_id", 32, "letters and digits", letter_or_digit;
    /// The number a refund bears at WeChat Pay, chosen by the merchant once and never changed: a second number
    /// is a second refund. Source: [refund-logic].
    OutRefundNo = "out_refund_no", 64, "letters, digits, _ - | * @",
        |c| letter_or_digit(c) || "_-|*@".contains(c);
    /// The number WeChat Pay gave a refund (`id` in global answers, `refund_id` elsewhere).
    RefundId = "refund_id", 32, "letters and digits", letter_or_digit;
    /// The payer's instrument, e.g. `CMB_CREDIT`, or `OTHERS` for a balance and everything unlisted.
    BankType = "bank_type", 32, "letters, digits and _", |c| letter_or_digit(c) || c == '_';
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refund_number_takes_the_characters_of_the_page_and_no_others() {
        assert_eq!(OutRefundNo::parse("aZ0_-|*@").unwrap().as_str(), "aZ0_-|*@");
        let error = OutRefundNo::parse("a.b").unwrap_err();
        assert_eq!(error.to_string(), "out_refund_no contains '.'; allowed are letters, digits, _ - | * @");
        assert_eq!(OutRefundNo::parse(""), Err(IdError::Empty { name: "out_refund_no" }));
    }

    #[test]
    fn lengths_are_those_of_the_pages() {
        assert!(OutRefundNo::parse(&"9".repeat(64)).is_ok());
        assert!(OutRefundNo::parse(&"9".repeat(65)).is_err());
        assert!(OutTradeNo::parse(&"9".repeat(33)).is_err());
    }

    #[test]
    fn other_alphabets_and_control_characters_are_refused() {
        for text in ["１２３", "12\n", "12\0", "é", "1 2"] {
            assert!(Mchid::parse(text).is_err() && OutTradeNo::parse(text).is_err(), "{text:?}");
        }
    }
}
