//! Reading an operator's request, field by field, so that each mistake is told with its place and no value is ever
//! repeated: it could be a key.

use std::collections::BTreeSet;

use axum::body::Bytes;
use jiff::Timestamp;
use refunds::key::NumberForm;
use refunds::weight::Weight;
use serde_json::{Map, Value};
use store::merchant::Mode;
use wechatpay::ids::{Appid, IdError, Mchid, SubMchid};
use wechatpay::money::Currency;
use wechatpay::v3::caller::Region;
use wechatpay::wire::Wire;

use super::issuing::NewApiKey;
use super::refusal::invalid;
use crate::api::access::Scope;
use crate::api::problem::{Code, Problem};
use crate::merchants::credentials::{CredentialTexts, PublicKeyText};
use crate::merchants::renewal::NewCertificate;
use crate::merchants::setting_up::NewMerchant;

/// What `POST /v1/admin/merchants` asks for.
pub(super) fn new_merchant(body: &Bytes) -> Result<NewMerchant, Problem> {
    let mut fields = Fields::parse(body)?;
    let wire = fields.word("wire", &[("v3", Wire::V3), ("v2", Wire::V2)])?;
    let new = NewMerchant {
        mchid: fields.id("mchid", Mchid::parse)?,
        mode: fields.word("mode", &[("direct", Mode::Direct), ("institution", Mode::Institution)])?,
        region: fields.word("region", &[("global", Region::Global), ("mainland", Region::Mainland)])?,
        wire,
        appid: fields.id("appid", Appid::parse)?,
        settlement_currency: currency(&mut fields)?,
        number_form: fields.optional_word(
            "number_form",
            &[("prefixed", NumberForm::Prefixed), ("as_given", NumberForm::AsGiven)],
        )?,
        api_hosts: fields.texts("api_hosts")?,
        sub_mchids: sub_mchids(&mut fields)?,
        credentials: CredentialTexts {
            certificate_pem: fields.text("certificate_pem")?,
            private_key_pem: fields.text("private_key_pem")?.into(),
            api_v3_key: fields.optional_text("api_v3_key")?.map(Into::into),
            api_v2_key: fields.optional_text("api_v2_key")?.map(Into::into),
            public_keys: public_keys(&mut fields)?,
        },
    };
    fields.end()?;
    Ok(new)
}

/// What `POST /v1/admin/merchants/{mchid}/certificate` asks for.
pub(super) fn new_certificate(body: &Bytes) -> Result<NewCertificate, Problem> {
    let mut fields = Fields::parse(body)?;
    let new = NewCertificate {
        certificate_pem: fields.text("certificate_pem")?,
        private_key_pem: fields.text("private_key_pem")?.into(),
    };
    fields.end()?;
    Ok(new)
}

/// What `POST /v1/admin/merchants/{mchid}/sub-merchants` asks for.
pub(super) fn sub_merchant(body: &Bytes) -> Result<(SubMchid, Option<Weight>), Problem> {
    let mut fields = Fields::parse(body)?;
    let sub_mchid = fields.id("sub_mchid", SubMchid::parse)?;
    let weight = weight(&mut fields)?;
    fields.end()?;
    Ok((sub_mchid, weight))
}

/// What `POST /v1/admin/keys` asks for.
pub(super) fn new_api_key(body: &Bytes) -> Result<NewApiKey, Problem> {
    let mut fields = Fields::parse(body)?;
    let new = NewApiKey {
        name: fields.text("name")?,
        mchid: fields.optional_id("mchid", Mchid::parse)?,
        sub_mchid: fields.optional_id("sub_mchid", SubMchid::parse)?,
        scopes: scopes(&mut fields)?,
        not_after: instant(&mut fields)?,
    };
    fields.end()?;
    Ok(new)
}

/// What `POST /v1/admin/keys/{id}/replace` asks for: how many seconds the old key is still taken; a day if left out.
pub(super) fn overlap_s(body: &Bytes) -> Result<u64, Problem> {
    const A_DAY: u64 = 24 * 60 * 60;
    if body.is_empty() {
        return Ok(A_DAY);
    }
    let mut fields = Fields::parse(body)?;
    let seconds = match fields.take("overlap_s") {
        None => A_DAY,
        Some(seconds) => seconds.as_u64().ok_or_else(|| {
            wrong("overlap_s", "overlap_s is not a whole number of seconds", "Give seconds, e.g. 86400.")
        })?,
    };
    fields.end()?;
    Ok(seconds)
}

fn weight(fields: &mut Fields) -> Result<Option<Weight>, Problem> {
    let Some(value) = fields.take("weight") else { return Ok(None) };
    let weight = value.as_u64().and_then(|percent| Weight::of_percent(percent).ok());
    weight.map(Some).ok_or_else(|| {
        let detail = format!("weight is no whole per cent from 1 to {}", Weight::LARGEST);
        wrong("weight", &detail, "Give 100 for the usual share, 200 for twice as much, 50 for half of it.")
    })
}

fn currency(fields: &mut Fields) -> Result<Currency, Problem> {
    const NAME: &str = "settlement_currency";
    let code = fields.text(NAME)?;
    Currency::parse(&code).map_err(|_| {
        wrong(NAME, "settlement_currency is no currency of ISO 4217", "Give three capitals, e.g. `USD`.")
    })
}

fn sub_mchids(fields: &mut Fields) -> Result<BTreeSet<SubMchid>, Problem> {
    let texts = fields.texts("sub_mchids")?.into_iter().enumerate();
    texts
        .map(|(n, text)| {
            SubMchid::parse(&text).map_err(|error| not_an_id(&format!("sub_mchids/{n}"), &error))
        })
        .collect()
}

fn public_keys(fields: &mut Fields) -> Result<Vec<PublicKeyText>, Problem> {
    let not_a_list =
        || wrong("public_keys", "public_keys is not a list of objects", "Give `[{\"id\", \"pem\"}]`.");
    let keys = match fields.take("public_keys") {
        None => return Ok(Vec::new()),
        Some(Value::Array(keys)) => keys,
        Some(_) => return Err(not_a_list()),
    };
    let read = |(n, key): (usize, Value)| {
        let Value::Object(given) = key else { return Err(not_a_list()) };
        let mut fields = Fields { given, within: format!("/public_keys/{n}") };
        let key = PublicKeyText { id: fields.text("id")?, pem: fields.text("pem")? };
        fields.end()?;
        Ok(key)
    };
    keys.into_iter().enumerate().map(read).collect()
}

fn scopes(fields: &mut Fields) -> Result<BTreeSet<Scope>, Problem> {
    if !fields.given.contains_key("scopes") {
        return Err(missing("/scopes"));
    }
    let known = || {
        let names = Scope::ALL.map(Scope::as_str);
        format!("The scopes are {}.", names.join(", "))
    };
    let texts = fields.texts("scopes")?.into_iter().enumerate();
    texts
        .map(|(n, text)| {
            let scope = Scope::parse(&text);
            scope.ok_or_else(|| wrong(&format!("scopes/{n}"), "this is no scope", &known()))
        })
        .collect()
}

fn instant(fields: &mut Fields) -> Result<Option<Timestamp>, Problem> {
    const NAME: &str = "not_after";
    let Some(text) = fields.optional_text(NAME)? else { return Ok(None) };
    let instant = text.parse().map_err(|_| {
        wrong(NAME, "not_after is no instant", "Give one with its offset, e.g. `2027-01-01T00:00:00Z`.")
    })?;
    Ok(Some(instant))
}

/// The fields of an object that are not read yet. A field that is `null` counts as left out.
struct Fields {
    given: Map<String, Value>,
    /// Where the object stands, as a JSON pointer.
    within: String,
}

impl Fields {
    fn parse(body: &Bytes) -> Result<Fields, Problem> {
        // The parser's own text could repeat what it read; where it stopped says enough.
        let value = serde_json::from_slice(body).map_err(|error| {
            let place = format!("It breaks off at line {}, column {}.", error.line(), error.column());
            Problem::new(Code::BodyMalformed).detail(place)
        })?;
        match value {
            Value::Object(given) => Ok(Fields { given, within: String::new() }),
            _ => Err(Problem::new(Code::BodyMalformed).detail("It is JSON, but not an object.")),
        }
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.given.remove(name).filter(|value| !value.is_null())
    }

    fn optional_text(&mut self, name: &str) -> Result<Option<String>, Problem> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(invalid(
                self.pointer(name),
                &format!("{name} is not a text"),
                "Put it in quotation marks.",
            )),
        }
    }

    fn text(&mut self, name: &str) -> Result<String, Problem> {
        self.optional_text(name)?.ok_or_else(|| missing(&self.pointer(name)))
    }

    fn texts(&mut self, name: &str) -> Result<Vec<String>, Problem> {
        let values = match self.take(name) {
            None => return Ok(Vec::new()),
            Some(Value::Array(values)) => values,
            Some(_) => return Err(wrong(name, &format!("{name} is not a list"), "Give a list of texts.")),
        };
        let text = |(n, value)| match value {
            Value::String(text) => Ok(text),
            _ => Err(wrong(&format!("{name}/{n}"), "this is not a text", "Put it in quotation marks.")),
        };
        values.into_iter().enumerate().map(text).collect()
    }

    fn optional_id<T>(
        &mut self,
        name: &str,
        parse: fn(&str) -> Result<T, IdError>,
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.optional_text(name)? else { return Ok(None) };
        parse(&text).map(Some).map_err(|error| not_an_id(name, &error))
    }

    fn id<T>(&mut self, name: &str, parse: fn(&str) -> Result<T, IdError>) -> Result<T, Problem> {
        self.optional_id(name, parse)?.ok_or_else(|| missing(&self.pointer(name)))
    }

    fn optional_word<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Result<Option<T>, Problem> {
        let Some(text) = self.optional_text(name)? else { return Ok(None) };
        let found = words.iter().find(|(word, _)| *word == text);
        let known = || {
            let words: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            format!("Give {}.", words.join(" or "))
        };
        found
            .map(|(_, value)| Some(*value))
            .ok_or_else(|| wrong(name, &format!("{name} has a value that is not known"), &known()))
    }

    fn word<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Result<T, Problem> {
        self.optional_word(name, words)?.ok_or_else(|| missing(&self.pointer(name)))
    }

    fn pointer(&self, name: &str) -> String {
        format!("{}/{name}", self.within)
    }

    /// Refuses what nobody asked for: a misspelt field would be ignored in silence.
    fn end(self) -> Result<(), Problem> {
        match self.given.keys().next() {
            None => Ok(()),
            Some(name) => {
                let name: String = name.chars().take(64).collect();
                // The two characters that mean something in a JSON pointer.
                let escaped = name.replace('~', "~0").replace('/', "~1");
                let detail = format!("There is no field `{name}` here.");
                Err(Problem::new(Code::FieldUnknown).at(self.pointer(&escaped)).detail(detail))
            }
        }
    }
}

fn missing(pointer: &str) -> Problem {
    let detail = format!("{} is missing.", pointer.trim_start_matches('/'));
    Problem::new(Code::FieldMissing).at(pointer).detail(detail)
}

fn wrong(place: &str, detail: &str, what_to_do: &str) -> Problem {
    invalid(format!("/{place}"), detail, what_to_do)
}

fn not_an_id(place: &str, error: &IdError) -> Problem {
    wrong(place, &error.to_string(), "Give it as the Merchant Platform shows it.")
}
