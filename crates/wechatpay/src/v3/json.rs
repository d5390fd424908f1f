//! Reading and writing the JSON of V3 messages, strict where money hangs on it and tolerant of everything else.
//!
//! Unknown keys are left alone, because WeChat Pay may add some at any time, and an optional key may be absent or
//! null. A key that is read must stand once, with the type the page gives it: of two `amount`s the reader of a
//! signature and the reader of a message could otherwise pick different ones. Keys are written in the order in which
//! they are given, so that a body is the same bytes whenever it is rendered. Source: [global-rules].

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::china;
use crate::money::{Currency, Money};

/// Why a message is not what its page describes, naming the field from the top: `amount.refund`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// The bytes are not one JSON object.
    #[error("the body is not a JSON object: {reason}")]
    NotAnObject {
        /// What the JSON parser says.
        reason: String,
    },
    /// A key that every such message has is not there.
    #[error("`{field}` is missing")]
    Missing {
        /// The key, from the top.
        field: String,
    },
    /// A key that is needed stands twice in one object, so that nobody can say which one is meant.
    #[error("`{field}` is given twice")]
    Repeated {
        /// The key, from the top.
        field: String,
    },
    /// Another JSON type than the page gives.
    #[error("`{field}` is not {expected}")]
    WrongType {
        /// The key, from the top.
        field: String,
        /// What it should be, in words.
        expected: &'static str,
    },
    /// The right JSON type, but no value that can stand here.
    #[error("`{field}`: {reason}")]
    BadValue {
        /// The key, from the top.
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

    /// The field it is about, if it is about one: what `detail.field` of an error answer names.
    pub fn field(&self) -> Option<&str> {
        match self {
            MessageError::NotAnObject { .. } => None,
            MessageError::Missing { field }
            | MessageError::Repeated { field }
            | MessageError::WrongType { field, .. }
            | MessageError::BadValue { field, .. } => Some(field),
        }
    }
}

/// A JSON value, as far as V3 messages need one.
enum Json {
    Null,
    Integer(i64),
    Text(String),
    List(Vec<Json>),
    Object(Members),
    /// A key that stood more than once.
    Repeated,
    /// A boolean, a fraction, a whole number beyond 64 bits: nothing any field here may be.
    Other,
}

type Members = BTreeMap<String, Json>;

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Json, D::Error> {
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
                Ok(Json::Other)
            }

            fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
                Ok(Json::Integer(value))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
                Ok(i64::try_from(value).map_or(Json::Other, Json::Integer))
            }

            // Fractions are refused where an integer is read, even `1.0`: an amount is never a float.
            fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
                Ok(Json::Other)
            }

            fn visit_str<E>(self, value: &str) -> Result<Json, E> {
                Ok(Json::Text(value.to_owned()))
            }

            fn visit_string<E>(self, value: String) -> Result<Json, E> {
                Ok(Json::Text(value))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Json, A::Error> {
                let mut list = Vec::new();
                while let Some(element) = elements.next_element()? {
                    list.push(element);
                }
                Ok(Json::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
                let mut members = Members::new();
                while let Some((key, value)) = entries.next_entry::<String, Json>()? {
                    let value = if members.contains_key(&key) { Json::Repeated } else { value };
                    members.insert(key, value);
                }
                Ok(Json::Object(members))
            }
        }

        deserializer.deserialize_any(JsonVisitor)
    }
}

/// A message as it came, before any field of it was read.
pub(crate) struct Message(Members);

impl Message {
    /// The object written in `bytes`.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Message, MessageError> {
        match serde_json::from_slice(bytes) {
            Ok(Json::Object(members)) => Ok(Message(members)),
            Ok(_) => Err(MessageError::NotAnObject { reason: "another JSON value".to_owned() }),
            Err(error) => Err(MessageError::NotAnObject { reason: error.to_string() }),
        }
    }

    /// Its fields.
    pub(crate) fn fields(&self) -> Fields<'_> {
        Fields { path: String::new(), members: &self.0 }
    }
}

/// The fields of one object of a message.
pub(crate) struct Fields<'a> {
    /// The way to this object, empty or ending in a dot.
    path: String,
    members: &'a Members,
}

impl<'a> Fields<'a> {
    fn name(&self, key: &str) -> String {
        format!("{}{key}", self.path)
    }

    fn value(&self, key: &str) -> Result<Option<&'a Json>, MessageError> {
        match self.members.get(key) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Repeated) => Err(MessageError::Repeated { field: self.name(key) }),
            Some(value) => Ok(Some(value)),
        }
    }

    fn wrong_type<T>(&self, key: &str, expected: &'static str) -> Result<T, MessageError> {
        Err(MessageError::WrongType { field: self.name(key), expected })
    }

    fn required<T>(&self, key: &str, value: Option<T>) -> Result<T, MessageError> {
        value.ok_or_else(|| self.missing(key))
    }

    /// The error that says that `key` is not there.
    pub(crate) fn missing(&self, key: &str) -> MessageError {
        MessageError::missing(self.name(key))
    }

    /// The error that says why the value of `key` cannot stand.
    pub(crate) fn bad_value(&self, key: &str, reason: impl fmt::Display) -> MessageError {
        MessageError::bad_value(self.name(key), reason)
    }

    pub(crate) fn optional_text(&self, key: &str) -> Result<Option<&'a str>, MessageError> {
        match self.value(key)? {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(_) => self.wrong_type(key, "a string"),
        }
    }

    pub(crate) fn text(&self, key: &str) -> Result<&'a str, MessageError> {
        self.required(key, self.optional_text(key)?)
    }

    /// The text of `key` turned into what it means.
    pub(crate) fn optional_parsed<T, E: fmt::Display>(
        &self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, MessageError> {
        match self.optional_text(key)? {
            None => Ok(None),
            Some(text) => parse(text).map(Some).map_err(|error| self.bad_value(key, error)),
        }
    }

    pub(crate) fn parsed<T, E: fmt::Display>(
        &self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, MessageError> {
        self.required(key, self.optional_parsed(key, parse)?)
    }

    /// An RFC 3339 instant, with any offset and with or without a fraction.
    pub(crate) fn optional_instant(&self, key: &str) -> Result<Option<Timestamp>, MessageError> {
        self.optional_parsed(key, |text| text.parse::<Timestamp>())
    }

    pub(crate) fn instant(&self, key: &str) -> Result<Timestamp, MessageError> {
        self.required(key, self.optional_instant(key)?)
    }

    pub(crate) fn optional_integer(&self, key: &str) -> Result<Option<i64>, MessageError> {
        match self.value(key)? {
            None => Ok(None),
            Some(Json::Integer(value)) if *value >= 0 => Ok(Some(*value)),
            Some(Json::Integer(_)) => Err(self.bad_value(key, "is negative")),
            Some(_) => self.wrong_type(key, "a whole number of 64 bits"),
        }
    }

    /// A whole number that is not negative, as every number in these messages is.
    pub(crate) fn integer(&self, key: &str) -> Result<i64, MessageError> {
        self.required(key, self.optional_integer(key)?)
    }

    /// A whole number that may be negative: what a settlement loses.
    pub(crate) fn signed_integer(&self, key: &str) -> Result<i64, MessageError> {
        match self.value(key)? {
            None => Err(self.missing(key)),
            Some(Json::Integer(value)) => Ok(*value),
            Some(_) => self.wrong_type(key, "a whole number of 64 bits"),
        }
    }

    /// The amount under `key` in `currency`, if it is there.
    pub(crate) fn optional_money(
        &self,
        key: &str,
        currency: Currency,
    ) -> Result<Option<Money>, MessageError> {
        Ok(self.optional_integer(key)?.map(|minor| Money::new(minor, currency)))
    }

    pub(crate) fn money(&self, key: &str, currency: Currency) -> Result<Money, MessageError> {
        self.required(key, self.optional_money(key, currency)?)
    }

    pub(crate) fn optional_object(&self, key: &str) -> Result<Option<Fields<'a>>, MessageError> {
        match self.value(key)? {
            None => Ok(None),
            Some(Json::Object(members)) => Ok(Some(Fields { path: format!("{}.", self.name(key)), members })),
            Some(_) => self.wrong_type(key, "an object"),
        }
    }

    pub(crate) fn object(&self, key: &str) -> Result<Fields<'a>, MessageError> {
        self.required(key, self.optional_object(key)?)
    }

    /// The objects of the list under `key`; none if it is absent.
    pub(crate) fn objects(&self, key: &str) -> Result<Vec<Fields<'a>>, MessageError> {
        let elements = match self.value(key)? {
            None => return Ok(Vec::new()),
            Some(Json::List(elements)) => elements,
            Some(_) => return self.wrong_type(key, "a list"),
        };
        let fields = |(index, element): (usize, &'a Json)| match element {
            Json::Object(members) => Ok(Fields { path: format!("{}[{index}].", self.name(key)), members }),
            _ => self.wrong_type(key, "a list of objects"),
        };
        elements.iter().enumerate().map(fields).collect()
    }
}

/// Writes one JSON object, keys in the order of the calls, without blanks.
pub(crate) struct ObjectWriter(String);

impl ObjectWriter {
    /// The object whose members `members` writes.
    pub(crate) fn render(members: impl FnOnce(&mut ObjectWriter)) -> String {
        let mut writer = ObjectWriter("{".to_owned());
        members(&mut writer);
        writer.0.push('}');
        writer.0
    }

    fn member(&mut self, key: &str, value: &str) {
        if !self.0.ends_with('{') {
            self.0.push(',');
        }
        self.0.push_str(&quoted(key));
        self.0.push(':');
        self.0.push_str(value);
    }

    pub(crate) fn text(&mut self, key: &str, value: &str) {
        self.member(key, &quoted(value));
    }

    pub(crate) fn optional_text(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(key, value);
        }
    }

    pub(crate) fn integer(&mut self, key: &str, value: i64) {
        self.member(key, &value.to_string());
    }

    /// An amount and, under `currency_key`, its currency.
    pub(crate) fn money(&mut self, key: &str, currency_key: &str, amount: Money) {
        self.integer(key, amount.minor());
        self.text(currency_key, amount.currency().code());
    }

    /// An instant as WeChat Pay writes it, with China's offset.
    pub(crate) fn optional_instant(&mut self, key: &str, value: Option<Timestamp>) {
        self.optional_text(key, value.map(china::rfc3339).as_deref());
    }

    pub(crate) fn object(&mut self, key: &str, members: impl FnOnce(&mut ObjectWriter)) {
        self.member(key, &ObjectWriter::render(members));
    }

    pub(crate) fn objects<T>(&mut self, key: &str, items: &[T], members: impl Fn(&mut ObjectWriter, &T)) {
        let rendered: Vec<String> =
            items.iter().map(|item| ObjectWriter::render(|object| members(object, item))).collect();
        self.member(key, &format!("[{}]", rendered.join(",")));
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn integer_of(body: &str) -> Result<i64, MessageError> {
        Message::parse(body.as_bytes())?.fields().object("amount")?.integer("refund")
    }

    #[test]
    fn an_amount_is_a_whole_number_that_is_not_negative() {
        assert_eq!(integer_of(r#"{"amount":{"refund":500}}"#), Ok(500));
        assert_eq!(integer_of(r#"{"amount":{"refund":9223372036854775807}}"#), Ok(i64::MAX));
        for (value, says) in [
            ("-1", "`amount.refund`: is negative"),
            ("1.0", "`amount.refund` is not a whole number of 64 bits"),
            ("1e2", "`amount.refund` is not a whole number of 64 bits"),
            ("9223372036854775808", "`amount.refund` is not a whole number of 64 bits"),
            ("99999999999999999999999", "`amount.refund` is not a whole number of 64 bits"),
            ("\"500\"", "`amount.refund` is not a whole number of 64 bits"),
            ("true", "`amount.refund` is not a whole number of 64 bits"),
            ("[500]", "`amount.refund` is not a whole number of 64 bits"),
            ("null", "`amount.refund` is missing"),
        ] {
            let error = integer_of(&format!(r#"{{"amount":{{"refund":{value}}}}}"#)).unwrap_err();
            assert_eq!(error.to_string(), says, "{value}");
        }
    }

    #[test]
    fn a_key_given_twice_is_refused_when_it_is_read_and_named() {
        let error = integer_of(r#"{"amount":{"refund":1,"refund":1}}"#).unwrap_err();
        assert_eq!(error, MessageError::Repeated { field: "amount.refund".to_owned() });
        let error = integer_of(r#"{"amount":{"refund":1},"amount":{"refund":2},"amount":{"refund":3}}"#);
        assert_eq!(error, Err(MessageError::Repeated { field: "amount".to_owned() }));
        assert_eq!(integer_of(r#"{"new":1,"new":2,"amount":{"refund":7}}"#), Ok(7), "nobody reads `new`");
    }

    #[test]
    fn what_is_not_one_object_is_no_message() {
        for body in ["", "[]", "1", "{", "{}x", "\u{feff}{}", "null", r#"{"a":"\ud800"}"#] {
            assert!(matches!(integer_of(body), Err(MessageError::NotAnObject { .. })), "{body}");
        }
        let deep = format!("{}{}", r#"{"a":"#.repeat(5000), "}".repeat(5000));
        assert!(Message::parse(deep.as_bytes()).is_err());
        assert!(Message::parse(b"{\"a\":\"\xff\"}").is_err());
    }

    #[test]
    fn keys_are_written_in_the_order_given() {
        let text = ObjectWriter::render(|object| {
            object.text("b", "quote \" and \u{1}");
            object.optional_text("absent", None);
            object.object("a", |inner| inner.integer("n", 5));
            object.objects("list", &[1, 2], |inner, n| inner.integer("n", *n));
        });
        assert_eq!(text, r#"{"b":"quote \" and \u0001","a":{"n":5},"list":[{"n":1},{"n":2}]}"#);
    }

    proptest! {
        #[test]
        fn any_text_survives_writing_and_reading(text in any::<String>()) {
            let body = ObjectWriter::render(|object| object.text("text", &text));
            let message = Message::parse(body.as_bytes()).unwrap();
            prop_assert_eq!(message.fields().text("text"), Ok(text.as_str()));
        }
    }
}
