//! Values that are one number in a table, or a short list in a document.

use jiff::Timestamp;
use refunds::order::{Known, Source};
use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};
use wechatpay::money::{Currency, Money};

use super::Unreadable;
use super::text::{Text, Word};

/// The instant so many microseconds after 1970.
pub(crate) fn instant(microseconds: i64) -> Result<Timestamp, Unreadable> {
    Timestamp::from_microsecond(microseconds).map_err(|_| Unreadable::new("instant", microseconds))
}

/// `instant` in microseconds after 1970; what is below is dropped.
pub(crate) fn microseconds(instant: Timestamp) -> i64 {
    instant.as_microsecond()
}

/// `instant` as it is read again after it was stored.
pub(crate) fn kept(at: Timestamp) -> Timestamp {
    // Whole microseconds of an instant are an instant.
    instant(microseconds(at)).unwrap_or(at)
}

/// An instant in a document: microseconds after 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct At(pub(crate) Timestamp);

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(microseconds(self.0))
    }
}

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<At, D::Error> {
        instant(i64::deserialize(deserializer)?).map(At).map_err(D::Error::custom)
    }
}

/// An amount in a document: minor units and currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Amount(pub(crate) Money);

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.0.minor(), Word(self.0.currency())).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
        let (minor, Word(currency)): (i64, Word<Currency>) = Deserialize::deserialize(deserializer)?;
        Ok(Amount(Money::new(minor, currency)))
    }
}

/// A fact in a document, and who said it.
pub(crate) type Said<T> = (T, Word<Source>);

/// `known` for a document.
pub(crate) fn said<T, D>(known: Known<T>, document: impl FnOnce(T) -> D) -> Said<D> {
    let Known { value, source } = known;
    (document(value), Word(source))
}

/// The fact a document holds.
pub(crate) fn known<T, D>((value, Word(source)): Said<D>, domain: impl FnOnce(D) -> T) -> Known<T> {
    Known { value: domain(value), source }
}

impl<T: Text> Word<T> {
    pub(crate) fn into(self) -> T {
        self.0
    }
}
