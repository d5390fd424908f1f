//! A V2 message as it came, and typed access to its fields.
//!
//! Every field takes part in the signature, known or not, so all of them are kept; what a call needs is then read by
//! name. An empty field and an absent one mean the same. Source: [v2-rules].

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;

use crate::money::{Currency, Money};

use super::time;
use super::xml::{self, LONGEST_MESSAGE, Value, XmlError};

/// Why a message is not what its page describes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// The bytes are no message.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// A field that every such message has is absent or empty.
    #[error("`{field}` is missing")]
    Missing {
        /// The field.
        field: String,
    },
    /// A value that cannot stand here.
    #[error("`{field}`: {reason}")]
    BadValue {
        /// The field.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl MessageError {
    pub(crate) fn missing(field: impl Into<String>) -> MessageError {
        MessageError::Missing { field: field.into() }
    }

    pub(crate) fn bad_value(field: impl Into<String>, reason: impl fmt::Display) -> MessageError {
        MessageError::BadValue { field: field.into(), reason: reason.to_string() }
    }

    /// The field it is about, if it is about one.
    pub fn field(&self) -> Option<&str> {
        match self {
            MessageError::Xml(_) => None,
            MessageError::Missing { field } | MessageError::BadValue { field, .. } => Some(field),
        }
    }
}

/// The fields of a message. Nothing in it is believed yet; see [`super::sign`].
#[derive(Clone, PartialEq, Eq)]
pub struct Message(BTreeMap<String, Value>);

/// The root of every message.
const ROOT: &str = "xml";

impl Message {
    /// The message in `body`, of 64 KiB at most.
    pub fn parse(body: &[u8]) -> Result<Message, MessageError> {
        Message::below(ROOT, body)
    }

    /// The message that was written with these fields.
    pub(crate) fn of(fields: BTreeMap<String, Value>) -> Message {
        Message(fields)
    }

    /// The message in `body` whose root is called `root`.
    pub(crate) fn below(root: &'static str, body: &[u8]) -> Result<Message, MessageError> {
        Ok(Message(xml::read(root, LONGEST_MESSAGE, body)?))
    }

    /// Names and texts of the fields that are not empty, in the order in which they are signed.
    ///
    /// Fields that hold fields are not among them: how those are signed is not known. Source: [v2-settlement].
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|(name, value)| match value {
            Value::Text(text) if !text.is_empty() => Some((name.as_str(), text.as_str())),
            Value::Text(_) | Value::Record(_) => None,
        })
    }

    /// The text of the field `name`, if it is there and not empty.
    pub fn optional_text(&self, name: &str) -> Result<Option<&str>, MessageError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(Value::Record(_)) => Err(MessageError::bad_value(name, "holds fields")),
        }
    }

    /// The text of the field `name`.
    pub fn text(&self, name: &str) -> Result<&str, MessageError> {
        self.optional_text(name)?.ok_or_else(|| MessageError::missing(name))
    }

    /// The text of `name` turned into what it means.
    pub(crate) fn optional_parsed<T, E: fmt::Display>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, MessageError> {
        match self.optional_text(name)? {
            None => Ok(None),
            Some(text) => parse(text).map(Some).map_err(|error| MessageError::bad_value(name, error)),
        }
    }

    pub(crate) fn parsed<T, E: fmt::Display>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, MessageError> {
        self.optional_parsed(name, parse)?.ok_or_else(|| MessageError::missing(name))
    }

    /// A whole number that is not negative, in digits alone: an amount is never a float.
    pub(crate) fn optional_integer(&self, name: &str) -> Result<Option<i64>, MessageError> {
        self.optional_parsed(name, |text| match text.bytes().all(|b| b.is_ascii_digit()) {
            true => text.parse().map_err(|_| "does not fit 64 bits"),
            false => Err("is not a whole number in digits"),
        })
    }

    pub(crate) fn integer(&self, name: &str) -> Result<i64, MessageError> {
        self.optional_integer(name)?.ok_or_else(|| MessageError::missing(name))
    }

    /// The amount under `name` in `currency`, if it is there.
    pub(crate) fn optional_money(
        &self,
        name: &str,
        currency: Currency,
    ) -> Result<Option<Money>, MessageError> {
        Ok(self.optional_integer(name)?.map(|minor| Money::new(minor, currency)))
    }

    pub(crate) fn money(&self, name: &str, currency: Currency) -> Result<Money, MessageError> {
        self.optional_money(name, currency)?.ok_or_else(|| MessageError::missing(name))
    }

    pub(crate) fn optional_currency(&self, name: &str) -> Result<Option<Currency>, MessageError> {
        self.optional_parsed(name, Currency::parse)
    }

    /// An instant written `yyyy-MM-dd HH:mm:ss`.
    pub(crate) fn optional_instant(&self, name: &str) -> Result<Option<Timestamp>, MessageError> {
        self.optional_parsed(name, time::parse)
    }

    /// What stands behind `prefix` in the names of fields, where that is a number and nothing else: `0` of
    /// `out_refund_no_0`, and nothing of `coupon_type_0_1` for `coupon_type_`. Source: [v2-refund-query].
    pub(crate) fn numbers_behind<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        let numbers = self.0.keys().filter_map(move |name| name.strip_prefix(prefix));
        numbers.filter(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(fields: &str) -> Message {
        Message::parse(format!("<xml>{fields}</xml>").as_bytes()).unwrap()
    }

    #[test]
    fn an_empty_field_and_an_absent_one_are_the_same() {
        let message = message("<a/><b><![CDATA[]]></b>");
        for name in ["a", "b", "c"] {
            assert_eq!(message.optional_text(name), Ok(None), "{name}");
            assert_eq!(message.text(name), Err(MessageError::missing(name)), "{name}");
        }
        assert_eq!(message.texts().count(), 0);
    }

    #[test]
    fn a_number_is_digits_alone() {
        for text in ["-1", "+1", "1.0", "1e2", " 1", "0x1", "一", "9223372036854775808"] {
            let error = message(&format!("<a>{text}</a>")).integer("a").unwrap_err();
            assert_eq!(error.field(), Some("a"), "{text}");
        }
        assert_eq!(message("<a>9223372036854775807</a>").integer("a"), Ok(i64::MAX));
        assert_eq!(message("<a>0</a>").integer("a"), Ok(0));
    }

    #[test]
    fn numbered_fields_are_told_from_those_with_two_numbers() {
        let message =
            message("<fee_0>1</fee_0><fee_10>1</fee_10><fee_0_1>1</fee_0_1><fee_x>1</fee_x><fee_>1</fee_>");
        assert_eq!(message.numbers_behind("fee_").collect::<Vec<_>>(), ["0", "10"]);
    }
}
