//! The parameters of a query: each at most once, and none that the call does not know.

use std::collections::BTreeMap;
use std::fmt;

use axum::extract::Query;
use axum::http::Uri;
use jiff::Timestamp;

use crate::api::problem::{Code, Problem};

/// The parameters of a query.
#[derive(Debug)]
pub struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// The parameters of `uri`, of which `known` are all there may be. An empty one counts as absent.
    pub fn read(uri: &Uri, known: &[&str]) -> Result<Parameters, Problem> {
        let Ok(Query(pairs)) = Query::<Vec<(String, String)>>::try_from_uri(uri) else {
            return Err(Problem::new(Code::ParameterInvalid).detail("The query is not form-urlencoded."));
        };
        let mut parameters = BTreeMap::new();
        for (name, value) in pairs {
            if !known.contains(&name.as_str()) {
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                let name: String = name.chars().take(64).collect();
                return Err(Problem::new(Code::ParameterUnknown)
                    .with("parameter", name)
                    .detail(format!("The parameters here are {known}.")));
            }
            if parameters.contains_key(&name) {
                return Err(invalid(&name, "is given twice"));
            }
            parameters.insert(name, value);
        }
        parameters.retain(|_, value| !value.is_empty());
        Ok(Parameters(parameters))
    }

    /// The parameter turned into what it means, if it is there.
    pub fn optional<T, E: fmt::Display>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Problem> {
        match self.0.get(name) {
            None => Ok(None),
            Some(text) => parse(text).map(Some).map_err(|error| invalid(name, error)),
        }
    }

    /// The RFC 3339 instant, if it is there.
    pub fn optional_instant(&self, name: &str) -> Result<Option<Timestamp>, Problem> {
        self.optional(name, |text| {
            // A `+` that was not encoded arrives as a blank.
            text.replace(' ', "+")
                .parse::<Timestamp>()
                .map_err(|_| "must be an RFC 3339 instant with its offset, e.g. `2026-05-08T10:00:00Z`")
        })
    }
}

/// The problem of a parameter that cannot stand there.
pub fn invalid(name: &str, why: impl fmt::Display) -> Problem {
    Problem::new(Code::ParameterInvalid).with("parameter", name).detail(format!("`{name}`: {why}."))
}
