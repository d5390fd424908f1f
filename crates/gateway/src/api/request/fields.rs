//! Reading the members of an object: each problem names its member by a JSON pointer.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use wechatpay::money::{Currency, Money};

use super::json::Json;
use crate::api::problem::{Code, Problem};

/// The members of one object of a body.
#[derive(Debug)]
pub struct Fields {
    /// The way to this object, as a JSON pointer.
    pointer: String,
    members: BTreeMap<String, Json>,
}

impl Fields {
    /// The object written in `bytes`, of which `known` are all the members it may have.
    pub fn read(bytes: &[u8], known: &[&str]) -> Result<Fields, Problem> {
        Fields { pointer: String::new(), members: Json::object(bytes)? }.checked(known)
    }

    /// What nobody knows is refused first: a misspelt field should not be reported as a missing one.
    fn checked(self, known: &[&str]) -> Result<Fields, Problem> {
        for (key, value) in &self.members {
            if *value == Json::Repeated {
                return Err(Problem::new(Code::FieldRepeated).at(self.pointer_to(key)));
            }
            if !known.contains(&key.as_str()) {
                let detail = format!("The fields here are {}.", known.join(", "));
                return Err(Problem::new(Code::FieldUnknown).at(self.pointer_to(key)).detail(detail));
            }
        }
        Ok(self)
    }

    /// The JSON pointer to the member `key`.
    pub fn pointer_to(&self, key: &str) -> String {
        // Keys that callers made up may have the two characters that a pointer escapes.
        let key: String = key.chars().take(64).collect();
        format!("{}/{}", self.pointer, key.replace('~', "~0").replace('/', "~1"))
    }

    /// The problem of a member whose value cannot stand there.
    pub fn invalid(&self, key: &str, why: impl fmt::Display) -> Problem {
        Problem::new(Code::FieldInvalid).at(self.pointer_to(key)).detail(format!("`{key}`: {why}."))
    }

    /// The problem of a member that is needed and not there.
    pub fn missing(&self, key: &str) -> Problem {
        Problem::new(Code::FieldMissing).at(self.pointer_to(key)).detail(format!(
            "`{}` is missing.",
            self.pointer_to(key).trim_start_matches('/').replace('/', ".")
        ))
    }

    fn value(&self, key: &str) -> Option<&Json> {
        self.members.get(key).filter(|value| **value != Json::Null)
    }

    /// The string under `key`, if it is there.
    pub fn optional_text(&self, key: &str) -> Result<Option<&str>, Problem> {
        match self.value(key) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(_) => Err(self.invalid(key, "must be a string")),
        }
    }

    /// The string under `key` turned into what it means, if it is there.
    pub fn optional<T, E: fmt::Display>(
        &self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Problem> {
        match self.optional_text(key)? {
            None => Ok(None),
            Some(text) => parse(text).map(Some).map_err(|error| self.invalid(key, error)),
        }
    }

    /// The string under `key` turned into what it means.
    pub fn required<T, E: fmt::Display>(
        &self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, Problem> {
        self.optional(key, parse)?.ok_or_else(|| self.missing(key))
    }

    /// The RFC 3339 instant under `key`, if it is there, in whole microseconds: what the store keeps.
    pub fn optional_instant(&self, key: &str) -> Result<Option<Timestamp>, Problem> {
        self.optional(key, |text| {
            let instant = text.parse::<Timestamp>().map_err(
                |_| "must be an RFC 3339 instant with its offset, e.g. `2026-05-08T10:00:00+08:00`",
            )?;
            Timestamp::from_microsecond(instant.as_microsecond()).map_err(|_| "lies beyond the calendar")
        })
    }

    /// The amount under `key`, in minor units of `currency`; above zero.
    pub fn money(&self, key: &str, currency: Currency) -> Result<Money, Problem> {
        match self.value(key) {
            None => Err(self.missing(key)),
            Some(Json::Integer(minor)) if *minor > 0 => Ok(Money::new(*minor, currency)),
            Some(Json::Integer(_)) => Err(Problem::new(Code::AmountNotPositive).at(self.pointer_to(key))),
            Some(_) => {
                Err(self
                    .invalid(key, "must be a whole number of minor units in 64 bits, e.g. 1250 for 12.50"))
            }
        }
    }

    /// The currency under `key`.
    pub fn currency(&self, key: &str) -> Result<Currency, Problem> {
        let Some(code) = self.optional_text(key)? else { return Err(self.missing(key)) };
        Currency::parse(code).map_err(|error| {
            Problem::new(Code::CurrencyUnknown).at(self.pointer_to(key)).detail(format!("{error}."))
        })
    }

    /// The object under `key`, of which `known` are all the members it may have, if it is there.
    pub fn optional_object(&self, key: &str, known: &[&str]) -> Result<Option<Fields>, Problem> {
        match self.value(key) {
            None => Ok(None),
            Some(Json::Object(members)) => {
                Fields { pointer: self.pointer_to(key), members: members.clone() }.checked(known).map(Some)
            }
            Some(_) => Err(self.invalid(key, "must be an object")),
        }
    }

    /// The object under `key`.
    pub fn object(&self, key: &str, known: &[&str]) -> Result<Fields, Problem> {
        self.optional_object(key, known)?.ok_or_else(|| self.missing(key))
    }

    /// The object of strings under `key`, whose members the caller names, if it is there; `check` says what is wrong with
    /// one of them.
    pub fn optional_texts(
        &self,
        key: &str,
        check: impl Fn(&str, &str) -> Result<(), String>,
    ) -> Result<Option<BTreeMap<String, String>>, Problem> {
        let members = match self.value(key) {
            None => return Ok(None),
            Some(Json::Object(members)) => members,
            Some(_) => return Err(self.invalid(key, "must be an object of strings")),
        };
        let known: Vec<&str> = members.keys().map(String::as_str).collect();
        let inner = Fields { pointer: self.pointer_to(key), members: members.clone() }.checked(&known)?;
        let text = |(name, value): (&String, &Json)| match value {
            Json::Text(text) => match check(name, text) {
                Ok(()) => Ok((name.clone(), text.clone())),
                Err(why) => Err(inner.invalid(name, why)),
            },
            _ => Err(inner.invalid(name, "must be a string")),
        };
        inner.members.iter().map(text).collect::<Result<_, _>>().map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refund_of(body: &str) -> Result<Money, Problem> {
        let fields = Fields::read(body.as_bytes(), &["amount"])?.object("amount", &["refund", "currency"])?;
        fields.money("refund", fields.currency("currency")?)
    }

    #[test]
    fn an_amount_is_a_whole_number_above_zero_in_a_currency_in_use() {
        let body = |refund: &str| format!(r#"{{"amount":{{"refund":{refund},"currency":"USD"}}}}"#);
        assert_eq!(refund_of(&body("9223372036854775807")), Ok(Money::new(i64::MAX, Currency::USD)));
        for (refund, code) in [
            ("0", Code::AmountNotPositive),
            ("-1", Code::AmountNotPositive),
            ("1.0", Code::FieldInvalid),
            ("1e2", Code::FieldInvalid),
            ("9223372036854775808", Code::FieldInvalid),
            ("123456789012345678901234567890", Code::FieldInvalid),
            ("1e999", Code::BodyMalformed),
            ("\"5\"", Code::FieldInvalid),
            ("[5]", Code::FieldInvalid),
            ("true", Code::FieldInvalid),
            ("null", Code::FieldMissing),
            ("5,\"refund\":6", Code::FieldRepeated),
            ("5,\"a/b~c\":6", Code::FieldUnknown),
            ("NaN", Code::BodyMalformed),
        ] {
            assert_eq!(refund_of(&body(refund)).unwrap_err().code(), code, "{refund}");
        }
    }

    #[test]
    fn a_pointer_leads_to_the_member_whatever_its_name() {
        let fields = Fields::read(br#"{"metadata":{"a/b~c":1}}"#, &["metadata"]).unwrap();
        let problem =
            serde_json::to_value(fields.optional_texts("metadata", |_, _| Ok(())).unwrap_err().written())
                .unwrap();
        assert_eq!(problem["pointer"], "/metadata/a~1b~0c");
    }

    #[test]
    fn null_counts_as_absent() {
        let fields = Fields::read(br#"{"reason":null}"#, &["reason"]).unwrap();
        assert_eq!(fields.optional_text("reason"), Ok(None));
    }
}
