//! The API key of V2.

use std::fmt;

use aws_lc_rs::cipher::{
    AES_256, AES_256_KEY_LEN, DecryptionContext, PaddedBlockDecryptingKey, PaddedBlockEncryptingKey,
    UnboundCipherKey,
};
use md5::{Digest, Md5};
use zeroize::Zeroizing;

/// Why a text is no API key. It does not repeat the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiV2KeyError {
    /// Another length.
    #[error("an APIv2 key has 32 characters; this has {length} bytes")]
    Length {
        /// Bytes given.
        length: usize,
    },
    /// Something else than letters and digits.
    #[error("an APIv2 key has letters and digits only")]
    Character,
}

/// The APIv2 key: 32 letters and digits that merchant and platform share. Whoever knows it can sign as either.
///
/// Source: [v2-rules].
#[derive(Clone)]
pub struct ApiV2Key(Zeroizing<String>);

impl ApiV2Key {
    /// The key `text`.
    pub fn parse(text: &str) -> Result<ApiV2Key, ApiV2KeyError> {
        if text.len() != 32 {
            return Err(ApiV2KeyError::Length { length: text.len() });
        }
        match text.bytes().all(|b| b.is_ascii_alphanumeric()) {
            true => Ok(ApiV2Key(Zeroizing::new(text.to_owned()))),
            false => Err(ApiV2KeyError::Character),
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// `text` encrypted as refund notifications are: AES-256 in ECB mode with PKCS#7 padding, under the MD5 of this key
    /// as lower-case hexadecimal text. `None` if the cryptographic library fails. Source: [v2-notification].
    pub(crate) fn encrypt(&self, text: &str) -> Option<Vec<u8>> {
        let mut bytes = text.as_bytes().to_vec();
        PaddedBlockEncryptingKey::ecb_pkcs7(self.notification_key()?).ok()?.encrypt(&mut bytes).ok()?;
        Some(bytes)
    }

    /// What was encrypted; `None` if the padding shows another key or other bytes. That it is there proves little: one
    /// in 256 wrong keys leaves a padding too, and the mode has no seal.
    pub(crate) fn decrypt(&self, bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut bytes = Zeroizing::new(bytes.to_vec());
        let key = PaddedBlockDecryptingKey::ecb_pkcs7(self.notification_key()?).ok()?;
        let text = key.decrypt(&mut bytes, DecryptionContext::None).ok()?;
        Some(Zeroizing::new(text.to_vec()))
    }

    fn notification_key(&self) -> Option<UnboundCipherKey> {
        let mut key = Zeroizing::new([0; AES_256_KEY_LEN]);
        for (pair, byte) in key.chunks_exact_mut(2).zip(Md5::digest(self.0.as_bytes())) {
            pair.copy_from_slice(&[hex_digit(byte >> 4), hex_digit(byte & 15)]);
        }
        UnboundCipherKey::new(&AES_256, &*key).ok()
    }
}

const fn hex_digit(value: u8) -> u8 {
    if value < 10 { b'0' + value } else { b'a' + value - 10 }
}

impl fmt::Debug for ApiV2Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiV2Key(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "TidegateTestOnlyApiV2Key00000000";

    #[test]
    fn a_key_has_32_letters_and_digits_and_prints_as_stars() {
        assert_eq!(format!("{:?}", ApiV2Key::parse(KEY).unwrap()), "ApiV2Key(***)");
        for length in [0, 31, 33, 64] {
            assert_eq!(ApiV2Key::parse(&"k".repeat(length)).unwrap_err(), ApiV2KeyError::Length { length });
        }
        let error = ApiV2Key::parse("TidegateTestOnlyApiV2Key-0000000").unwrap_err();
        assert_eq!(error, ApiV2KeyError::Character);
    }

    #[test]
    fn another_key_opens_nothing_that_can_be_read() {
        let (key, other) = (ApiV2Key::parse(KEY).unwrap(), ApiV2Key::parse(&"k".repeat(32)).unwrap());
        for text in ["", "退款", "sixteen bytes ok", "<root></root>"] {
            let sealed = key.encrypt(text).unwrap();
            assert_eq!(key.decrypt(&sealed).unwrap().as_slice(), text.as_bytes());
            assert_ne!(other.decrypt(&sealed).as_deref().map(Vec::as_slice), Some(text.as_bytes()));
            assert_eq!(key.decrypt(&sealed[..sealed.len() - 1]), None, "{text}");
        }
        assert_eq!(key.decrypt(&[]), None);
    }
}
