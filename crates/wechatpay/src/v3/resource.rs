//! Sealed resources: what WeChat Pay encrypts under the APIv3 key, in notifications and in the certificate list.
//!
//! AES-256-GCM, the nonce and the associated data taken as the bytes of their text, the 16-byte tag behind the
//! encrypted bytes. Source: [global-certificates], [global-refund-notification].

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use zeroize::Zeroizing;

use crate::keys::ApiV3Key;

use super::json::{Fields, MessageError, ObjectWriter};

/// The only algorithm.
pub const ALGORITHM: &str = "AEAD_AES_256_GCM";

/// A text encrypted for whoever holds the APIv3 key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedResource {
    /// 12 characters, another for every message.
    pub nonce: String,
    /// What the ciphertext is bound to; often empty.
    pub associated_data: String,
    /// Base64 of the encrypted bytes followed by the tag.
    pub ciphertext: String,
}

/// Why a sealed resource stays closed, or could not be sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResourceError {
    /// A nonce is 12 bytes.
    #[error("the nonce of a sealed resource has 12 bytes; this has {length}")]
    NonceLength {
        /// Bytes given.
        length: usize,
    },
    /// The ciphertext is not Base64.
    #[error("the ciphertext of a sealed resource is not Base64")]
    NotBase64,
    /// The tag does not fit: another APIv3 key, or the text was changed.
    #[error("the sealed resource does not open; it was sealed with another APIv3 key, or changed on its way")]
    WrongKeyOrChanged,
    /// What was sealed is not UTF-8.
    #[error("the opened resource is not UTF-8")]
    NotText,
}

impl SealedResource {
    /// `text` sealed under `key`. Never use a nonce twice with one key.
    pub fn seal(
        key: &ApiV3Key,
        nonce: &str,
        associated_data: &str,
        text: &str,
    ) -> Result<SealedResource, ResourceError> {
        let mut bytes = text.as_bytes().to_vec();
        cipher(key)?
            .seal_in_place_append_tag(nonce_of(nonce)?, Aad::from(associated_data.as_bytes()), &mut bytes)
            .map_err(|_| ResourceError::WrongKeyOrChanged)?;
        Ok(SealedResource {
            nonce: nonce.to_owned(),
            associated_data: associated_data.to_owned(),
            ciphertext: BASE64.encode(bytes),
        })
    }

    /// The text inside, wiped when dropped. That it opens proves that a holder of the APIv3 key wrote it.
    pub fn open(&self, key: &ApiV3Key) -> Result<Zeroizing<String>, ResourceError> {
        let nonce = nonce_of(&self.nonce)?;
        let mut bytes =
            Zeroizing::new(BASE64.decode(&self.ciphertext).map_err(|_| ResourceError::NotBase64)?);
        let text = cipher(key)?
            .open_in_place(nonce, Aad::from(self.associated_data.as_bytes()), &mut bytes)
            .map_err(|_| ResourceError::WrongKeyOrChanged)?;
        let text = std::str::from_utf8(text).map_err(|_| ResourceError::NotText)?;
        Ok(Zeroizing::new(text.to_owned()))
    }

    /// The sealed resource among `fields`, which name its algorithm.
    pub(crate) fn read(fields: &Fields<'_>) -> Result<SealedResource, MessageError> {
        if fields.text("algorithm")? != ALGORITHM {
            return Err(fields.bad_value("algorithm", format_args!("is not {ALGORITHM}")));
        }
        Ok(SealedResource {
            nonce: fields.text("nonce")?.to_owned(),
            associated_data: fields.optional_text("associated_data")?.unwrap_or_default().to_owned(),
            ciphertext: fields.text("ciphertext")?.to_owned(),
        })
    }

    /// Writes it with its algorithm; `associated_data` is always there, which older clients expect.
    pub(crate) fn write(&self, object: &mut ObjectWriter) {
        object.text("algorithm", ALGORITHM);
        object.text("ciphertext", &self.ciphertext);
        object.text("associated_data", &self.associated_data);
        object.text("nonce", &self.nonce);
    }
}

fn cipher(key: &ApiV3Key) -> Result<LessSafeKey, ResourceError> {
    let key = UnboundKey::new(&AES_256_GCM, key.bytes()).map_err(|_| ResourceError::WrongKeyOrChanged)?;
    Ok(LessSafeKey::new(key))
}

fn nonce_of(text: &str) -> Result<Nonce, ResourceError> {
    let bytes: [u8; NONCE_LEN] =
        text.as_bytes().try_into().map_err(|_| ResourceError::NonceLength { length: text.len() })?;
    Ok(Nonce::assume_unique_for_key(bytes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::v3::testdata;

    fn key() -> ApiV3Key {
        ApiV3Key::parse(testdata::API_V3_KEY).unwrap()
    }

    #[test]
    fn a_resource_opens_with_its_own_key_nonce_and_associated_data_only() {
        let sealed = SealedResource::seal(&key(), "nonce-123456", "refund", "退款").unwrap();
        assert_eq!(sealed.open(&key()).unwrap().as_str(), "退款");
        let another_key = ApiV3Key::parse(&[b'x'; 32]).unwrap();
        assert_eq!(sealed.open(&another_key), Err(ResourceError::WrongKeyOrChanged));
        let other = SealedResource { associated_data: "transaction".to_owned(), ..sealed.clone() };
        assert_eq!(other.open(&key()), Err(ResourceError::WrongKeyOrChanged));
        let other = SealedResource { nonce: "nonce-123457".to_owned(), ..sealed };
        assert_eq!(other.open(&key()), Err(ResourceError::WrongKeyOrChanged));
    }

    #[test]
    fn a_nonce_of_another_length_and_a_short_ciphertext_are_refused() {
        let error = SealedResource::seal(&key(), "short", "", "text").unwrap_err();
        assert_eq!(error, ResourceError::NonceLength { length: 5 });
        for (ciphertext, error) in [
            ("invalid cipher", ResourceError::NotBase64),
            ("", ResourceError::WrongKeyOrChanged),
            ("SGVsbG8gV29ybGQK", ResourceError::WrongKeyOrChanged),
        ] {
            let sealed = SealedResource {
                nonce: "nonce-123456".to_owned(),
                associated_data: String::new(),
                ciphertext: ciphertext.to_owned(),
            };
            assert_eq!(sealed.open(&key()), Err(error), "{ciphertext}");
        }
    }

    /// The openssl command line has no GCM, but both its halves: the encryption is CTR from 2 on, and the tag of an
    /// empty text is GMAC.
    #[test]
    fn encryption_and_tag_are_those_of_openssl() {
        let sealed =
            SealedResource::seal(&key(), "nonce-123456", "", testdata::read("resource.txt").as_str());
        let bytes = BASE64.decode(sealed.unwrap().ciphertext).unwrap();
        let expected = BASE64.decode(testdata::read("resource.ctr.base64")).unwrap();
        assert_eq!(bytes[..bytes.len() - 16], expected);
        let sealed = SealedResource::seal(&key(), "nonce-123456", "certificate", "").unwrap();
        let tag: String =
            BASE64.decode(sealed.ciphertext).unwrap().iter().map(|byte| format!("{byte:02X}")).collect();
        assert_eq!(tag, testdata::read("certificate.gmac.hex").trim_end());
    }

    proptest! {
        #[test]
        fn a_flipped_bit_keeps_a_resource_closed(text in any::<String>(), bit in any::<prop::sample::Index>()) {
            let sealed = SealedResource::seal(&key(), "nonce-123456", "", &text).unwrap();
            let opened = sealed.open(&key()).unwrap();
            prop_assert_eq!(opened.as_str(), text.as_str());
            let mut bytes = BASE64.decode(&sealed.ciphertext).unwrap();
            let bit = bit.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            let flipped = SealedResource { ciphertext: BASE64.encode(bytes), ..sealed };
            prop_assert_eq!(flipped.open(&key()), Err(ResourceError::WrongKeyOrChanged));
        }
    }
}
