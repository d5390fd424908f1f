//! A JSON text as it came, with what ordinary readers lose: keys that stand twice, and whether a number is whole.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::api::problem::{Code, Problem};

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// `null`, which counts as absent.
    Null,
    /// `true` or `false`.
    Bool,
    /// A whole number of 64 bits.
    Integer(i64),
    /// Any other number: an amount is never a float.
    OtherNumber,
    /// A string.
    Text(String),
    /// A list.
    List,
    /// An object.
    Object(BTreeMap<String, Json>),
    /// What stands under a key that is given more than once.
    Repeated,
}

impl Json {
    /// The object written in `bytes`. Fails for anything else, and for nesting over 128 levels.
    pub fn object(bytes: &[u8]) -> Result<BTreeMap<String, Json>, Problem> {
        let malformed = |detail: String| Err(Problem::new(Code::BodyMalformed).detail(detail));
        match serde_json::from_slice(bytes) {
            Ok(Json::Object(members)) => Ok(members),
            Ok(_) => malformed("The body is JSON, but no object.".to_owned()),
            Err(error) => malformed(format!("{error}.")),
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Json, E> {
        Ok(Json::Bool)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(i64::try_from(value).map_or(Json::OtherNumber, Json::Integer))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::OtherNumber)
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    // No field of any body is a list; one is read to its end, so that what follows is found.
    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Json, A::Error> {
        while elements.next_element::<Json>()?.is_some() {}
        Ok(Json::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut members = BTreeMap::new();
        while let Some((key, value)) = entries.next_entry::<String, Json>()? {
            let value = if members.contains_key(&key) { Json::Repeated } else { value };
            members.insert(key, value);
        }
        Ok(Json::Object(members))
    }
}
