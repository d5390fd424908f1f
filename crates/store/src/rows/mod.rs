//! What domain values look like in a table: texts, numbers, and documents of JSON.
//!
//! A document bears the version of its form, `v`. Every form that was ever written is read for good; the rows in
//! `testdata` keep that true. Conversions take domain values apart field by field, so that a new field breaks the
//! build here first.
//!
//! Read `text` (one word), `value` (one number), then the documents: `life` (where a refund stands), `asked` (the
//! request it came from), `facts` (what is known of an order), `arrival` (a row of intake), `looks` and `paid` (a pool by
//! the day).

pub(crate) mod arrival;
pub(crate) mod asked;
#[cfg(test)]
mod corpus;
pub(crate) mod facts;
pub(crate) mod life;
pub(crate) mod looks;
pub(crate) mod paid;
pub(crate) mod text;
pub(crate) mod value;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What is stored is not what it should be.
#[derive(Debug, thiserror::Error)]
#[error("`{found}` is no {expected}")]
pub(crate) struct Unreadable {
    pub(crate) expected: &'static str,
    /// The beginning of what was found.
    pub(crate) found: String,
}

impl Unreadable {
    pub(crate) fn new(expected: &'static str, found: impl ToString) -> Unreadable {
        Unreadable { expected, found: found.to_string().chars().take(80).collect() }
    }
}

/// A document of JSON that tells the version of its form.
pub(crate) trait Document: Serialize + DeserializeOwned {
    /// What it is, for who reads that it is not.
    const NAME: &'static str;
    /// The newest form, in which it is written.
    const VERSION: u32;

    /// The version of the form it was written in.
    fn version(&self) -> u32;

    /// The document as it is stored.
    fn write(&self) -> String {
        // Maps with keys that are no texts, and writers that fail, are what makes it fail: there are none.
        serde_json::to_string(self).unwrap_or_else(|error| unreachable!("{error}"))
    }

    /// The document that was stored as `text`.
    fn read(text: &str) -> Result<Self, Unreadable> {
        let document: Self = serde_json::from_str(text)
            .map_err(|error| Unreadable::new(Self::NAME, format!("{error} in {text}")))?;
        if document.version() > Self::VERSION {
            return Err(Unreadable::new(Self::NAME, format!("form {}", document.version())));
        }
        Ok(document)
    }
}
