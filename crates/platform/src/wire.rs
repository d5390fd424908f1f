//! How the words of `wechatpay` are written in a snapshot and in a world file: as text.
//!
//! Those types carry no storage traits, on purpose. One trait and three adapters for serde's `with` bridge the gap:
//! [`text`] for a value, [`option`] for one that may be absent, [`map`] for what is keyed by one, [`list`] for many.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use wechatpay::china::ChinaDay;
use wechatpay::ids::{Appid, BankType, Mchid, OutRefundNo, OutTradeNo, RefundId, SubMchid, TransactionId};
use wechatpay::money::{Currency, Money};
use wechatpay::wire::Wire;

/// A value with one written form.
pub(crate) trait Text: Sized {
    /// The written form.
    fn write(&self) -> String;
    /// The value of a written form, or why it is none.
    fn read(text: &str) -> Result<Self, String>;
}

macro_rules! ids_as_text {
    ($($id:ident),*) => {$(
        impl Text for $id {
            fn write(&self) -> String {
                self.as_str().to_owned()
            }
            fn read(text: &str) -> Result<Self, String> {
                $id::parse(text).map_err(|error| error.to_string())
            }
        }
    )*};
}

ids_as_text!(Appid, BankType, Mchid, OutRefundNo, OutTradeNo, RefundId, SubMchid, TransactionId);

impl Text for Currency {
    fn write(&self) -> String {
        self.code().to_owned()
    }
    fn read(text: &str) -> Result<Self, String> {
        Currency::parse(text).map_err(|error| error.to_string())
    }
}

impl Text for Money {
    /// Smallest units and currency, `1250 CNY`; not the form people read.
    fn write(&self) -> String {
        format!("{} {}", self.minor(), self.currency())
    }
    fn read(text: &str) -> Result<Self, String> {
        let (minor, code) = text.split_once(' ').ok_or_else(|| format!("`{text}` is not an amount"))?;
        let minor = minor.parse().map_err(|_| format!("`{text}` is not an amount"))?;
        Ok(Money::new(minor, Currency::read(code)?))
    }
}

impl Text for Wire {
    fn write(&self) -> String {
        match self {
            Wire::V2 => "v2".to_owned(),
            Wire::V3 => "v3".to_owned(),
        }
    }
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "v2" => Ok(Wire::V2),
            "v3" => Ok(Wire::V3),
            _ => Err(format!("`{text}` is neither v2 nor v3")),
        }
    }
}

impl Text for ChinaDay {
    fn write(&self) -> String {
        self.to_string()
    }
    fn read(text: &str) -> Result<Self, String> {
        text.parse::<Date>().map(ChinaDay::from_date).map_err(|error| error.to_string())
    }
}

impl Text for Timestamp {
    fn write(&self) -> String {
        self.to_string()
    }
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: jiff::Error| error.to_string())
    }
}

impl Text for Time {
    fn write(&self) -> String {
        self.to_string()
    }
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: jiff::Error| error.to_string())
    }
}

/// A value in its written form, for use inside collections.
struct Written<T>(T);

impl<T: Text> Serialize for Written<&T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.write())
    }
}

impl<'de, T: Text> Deserialize<'de> for Written<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        T::read(&text).map(Written).map_err(de::Error::custom)
    }
}

/// A value as text.
pub(crate) mod text {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Text, Written};

    pub(crate) fn serialize<T: Text, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        Written(value).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, T: Text, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        Ok(Written::deserialize(deserializer)?.0)
    }
}

/// A value as text, or nothing. Fields that use it say `default`, so that the key may be missing.
pub(crate) mod option {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Text, Written};

    pub(crate) fn serialize<T: Text, S: Serializer>(
        value: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().map(Written).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, T: Text, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        Ok(Option::<Written<T>>::deserialize(deserializer)?.map(|written| written.0))
    }
}

/// Many values, each as text, in any collection that keeps an order.
pub(crate) mod list {
    use super::{Deserialize, Deserializer, Serializer, Text, Written};

    pub(crate) fn serialize<'a, C, T, S>(values: &'a C, serializer: S) -> Result<S::Ok, S::Error>
    where
        &'a C: IntoIterator<Item = &'a T>,
        T: Text + 'a,
        S: Serializer,
    {
        serializer.collect_seq(values.into_iter().map(Written))
    }

    pub(crate) fn deserialize<'de, C, T, D>(deserializer: D) -> Result<C, D::Error>
    where
        C: FromIterator<T>,
        T: Text,
        D: Deserializer<'de>,
    {
        let written = Vec::<Written<T>>::deserialize(deserializer)?;
        Ok(written.into_iter().map(|written| written.0).collect())
    }
}

/// A map whose keys are written as text.
pub(crate) mod map {
    use std::collections::BTreeMap;
    use std::marker::PhantomData;

    use super::{Deserialize, Deserializer, Serialize, Serializer, Text, de, fmt};

    pub(crate) fn serialize<K, V, S>(map: &BTreeMap<K, V>, serializer: S) -> Result<S::Ok, S::Error>
    where
        K: Text,
        V: Serialize,
        S: Serializer,
    {
        serializer.collect_map(map.iter().map(|(key, value)| (key.write(), value)))
    }

    pub(crate) fn deserialize<'de, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Text + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        deserializer.deserialize_map(Keyed(PhantomData))
    }

    struct Keyed<K, V>(PhantomData<(K, V)>);

    impl<'de, K: Text + Ord, V: Deserialize<'de>> de::Visitor<'de> for Keyed<K, V> {
        type Value = BTreeMap<K, V>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map")
        }

        fn visit_map<A: de::MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
            let mut map = BTreeMap::new();
            while let Some((key, value)) = access.next_entry::<String, V>()? {
                map.insert(K::read(&key).map_err(de::Error::custom)?, value);
            }
            Ok(map)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_reads_back() {
        for amount in [Money::fen(-5), Money::new(1250, Currency::USD)] {
            assert_eq!(Money::read(&amount.write()), Ok(amount));
        }
        let instant: Timestamp = "2026-11-21T08:00:00.25Z".parse().unwrap();
        assert_eq!(Timestamp::read(&instant.write()), Ok(instant));
        let day = ChinaDay::of(instant);
        assert_eq!(ChinaDay::read(&day.write()), Ok(day));
        assert!(Money::read("12.50 CNY").is_err() && Money::read("1250").is_err());
        assert!(Mchid::read("19a").is_err());
    }
}
