//! The key a client shows the gateway.

use std::fmt;

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

/// A key that can stand in a header. It appears in no text this program makes.
#[derive(Clone)]
pub(crate) struct ApiKey(HeaderValue);

impl ApiKey {
    /// The key in `text`, without blanks and line ends around it: they come along when a key is read from a file.
    pub(crate) fn parse(text: &SecretString) -> Result<ApiKey, ApiKeyError> {
        let key = text.expose_secret().trim();
        if key.is_empty() {
            return Err(ApiKeyError::Empty);
        }
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ApiKeyError::Character);
        }
        let mut value = HeaderValue::try_from(format!("Bearer {key}")).map_err(|_| ApiKeyError::Character)?;
        value.set_sensitive(true);
        Ok(ApiKey(value))
    }

    /// The value of the `Authorization` header, marked as sensitive.
    pub(crate) fn authorization(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Why a text is no key. The text itself is not part of it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ApiKeyError {
    /// Nothing but blanks.
    #[error("the key is empty")]
    Empty,
    /// Something other than visible ASCII.
    #[error(
        "the key has a blank or a character that no key has; keys look like `tg_` and 43 letters, digits, - or _"
    )]
    Character,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_taken_without_the_line_end_of_its_file_and_is_never_shown() {
        let key = ApiKey::parse(&SecretString::from("  tg_abc\r\n")).unwrap();
        assert_eq!(key.authorization(), "Bearer tg_abc");
        assert!(!format!("{key:?} {:?}", key.authorization()).contains("abc"));
    }

    #[test]
    fn what_cannot_be_a_key_is_refused_without_being_shown() {
        for (text, error) in [
            ("", ApiKeyError::Empty),
            (" \n", ApiKeyError::Empty),
            ("tg_a b", ApiKeyError::Character),
            ("tg_ключ", ApiKeyError::Character),
            ("tg_a\u{0}", ApiKeyError::Character),
        ] {
            assert_eq!(ApiKey::parse(&SecretString::from(text)).unwrap_err(), error, "{text:?}");
        }
    }
}
