//! A key of the API as its holder has it: `tg_` and 32 random bytes in base64url. The store has its SHA-256 alone.

use std::fmt;

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::api::access;

/// A key. Prints as `***`.
#[derive(Clone)]
pub struct ApiKeyText(SecretString);

/// The machine gives no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this machine gives no random bytes, so no key can be made")]
pub struct NoRandomness;

impl ApiKeyText {
    /// A new key.
    pub fn generate() -> Result<ApiKeyText, NoRandomness> {
        let mut bytes = Zeroizing::new([0; 32]);
        rand::fill(&mut *bytes).map_err(|_| NoRandomness)?;
        let mut text = String::with_capacity(access::PREFIX.len() + 43);
        text.push_str(access::PREFIX);
        URL_SAFE_NO_PAD.encode_string(*bytes, &mut text);
        Ok(ApiKeyText(text.into()))
    }

    /// The text somebody presents as a key, whatever it is.
    pub fn presented(text: &str) -> ApiKeyText {
        ApiKeyText(text.into())
    }

    /// What the store finds it by: the SHA-256 of the whole text.
    pub fn hash(&self) -> [u8; 32] {
        access::hash(self.0.expose_secret())
    }

    /// The text, to be shown once.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for ApiKeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tg_***")
    }
}

/// What a key is called in the operator's interface: its hash in hexadecimal. It opens nothing.
pub fn id_of(hash: &[u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The first 8 digits of [`id_of`], which tell keys of one name apart where people read.
pub fn beginning_of(hash: &[u8; 32]) -> String {
    hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// The hash that [`id_of`] wrote.
pub fn hash_of(id: &str) -> Option<[u8; 32]> {
    if id.len() != 64 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut hash = [0; 32];
    for (n, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(id.get(2 * n..2 * n + 2)?, 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_long_differ_and_are_never_printed() {
        let (one, other) = (ApiKeyText::generate().unwrap(), ApiKeyText::generate().unwrap());
        assert!(one.expose().starts_with("tg_") && one.expose().len() == 46);
        assert_ne!(one.expose(), other.expose());
        assert_ne!(one.hash(), other.hash());
        assert_eq!(format!("{one:?}"), "tg_***");
    }

    #[test]
    fn the_hash_is_the_sha_256_of_the_whole_text() {
        let key = ApiKeyText::presented("abc");
        let id = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(id_of(&key.hash()), id);
        assert_eq!(hash_of(id), Some(key.hash()));
        for text in ["", "ba78", &id.replace('b', "x"), &format!("{id}00"), &"é".repeat(32)] {
            assert_eq!(hash_of(text), None, "{text}");
        }
    }
}
