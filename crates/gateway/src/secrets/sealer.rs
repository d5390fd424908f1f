//! Sealing and opening secrets: AES-256-GCM under a key of the keyset.
//!
//! ```text
//! 1 byte   the version of this form: 1
//! 1 byte   the length of the key's id
//!          the key's id
//! 12 bytes the nonce, drawn at random
//!          the ciphertext, with the tag of 16 bytes at its end
//! ```
//!
//! The [`Place`] a secret belongs to is sealed in with it: a row that is copied to another place, another merchant id or
//! another version does not open there.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{Aad, NONCE_LEN, Nonce};
use wechatpay::ids::Mchid;
use zeroize::Zeroizing;

use super::keyset::Keyset;

/// The version of the form.
const VERSION: u8 = 1;

/// The length of a tag.
const TAG_LEN: usize = 16;

/// Seals and opens. Cheap to clone; prints as the ids of its keys alone.
#[derive(Clone)]
pub struct Sealer(Arc<Keyset>);

/// Where a secret belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The table of the store.
    pub table: &'a str,
    /// The merchant id; none for what belongs to the whole installation.
    pub mchid: Option<&'a Mchid>,
    /// What it is.
    pub name: &'a str,
    /// Which of that name.
    pub version: u32,
}

/// A sealed secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The key that sealed it.
    pub key_id: String,
    /// What is stored.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes by {})", self.bytes.len(), self.key_id)
    }
}

/// Why nothing was sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library could not seal: this machine may give no random bytes")]
pub struct NotSealed;

/// Why a secret does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It was sealed by a key that the keyset does not have.
    #[error("it was sealed with the key `{key_id}`, which is not in the keyset")]
    UnknownKey {
        /// The key's id.
        key_id: String,
    },
    /// The key is there, but it did not seal these bytes for this place: they were changed or moved, or another key has
    /// this id.
    #[error(
        "it does not open: it was changed, or belongs elsewhere, or another key is called `{key_id}` here"
    )]
    NotOurs {
        /// The key's id.
        key_id: String,
    },
    /// The bytes are of no form this program knows.
    #[error("it has a form this program does not know")]
    Form,
}

impl Sealer {
    /// Seals with the primary key of `keyset`, opens with all.
    pub fn new(keyset: Keyset) -> Sealer {
        Sealer(Arc::new(keyset))
    }

    /// The keys.
    pub fn keyset(&self) -> &Keyset {
        &self.0
    }

    /// Seals `plain` for `place`.
    pub fn seal(&self, place: Place<'_>, plain: &[u8]) -> Result<Sealed, NotSealed> {
        let id = self.0.primary().as_str();
        let key = self.0.key(id).ok_or(NotSealed)?;
        // Room for the tag from the start: a vector that grows leaves its old bytes behind.
        let mut text = Vec::with_capacity(plain.len() + TAG_LEN);
        text.extend_from_slice(plain);
        let sealed = key.seal_in_place_append_tag(Aad::from(place.associated_data()), &mut text);
        let Ok(nonce) = sealed else {
            drop(Zeroizing::new(text));
            return Err(NotSealed);
        };
        let length = u8::try_from(id.len()).map_err(|_| NotSealed)?;
        let bytes = [&[VERSION, length], id.as_bytes(), nonce.as_ref(), &text].concat();
        Ok(Sealed { key_id: id.to_owned(), bytes })
    }

    /// What was sealed into `bytes` for `place`.
    pub fn open(&self, place: Place<'_>, bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let Some((&[VERSION, length], rest)) = bytes.split_first_chunk::<2>() else {
            return Err(OpenError::Form);
        };
        let (id, rest) = rest.split_at_checked(usize::from(length)).ok_or(OpenError::Form)?;
        let (nonce, text) = rest.split_first_chunk::<NONCE_LEN>().ok_or(OpenError::Form)?;
        let key_id = std::str::from_utf8(id).map_err(|_| OpenError::Form)?.to_owned();
        let Some(key) = self.0.key(&key_id) else { return Err(OpenError::UnknownKey { key_id }) };
        let mut plain = Zeroizing::new(text.to_vec());
        let aad = Aad::from(place.associated_data());
        let length = match key.open_in_place(Nonce::from(nonce), aad, &mut plain) {
            Ok(opened) => opened.len(),
            Err(_) => return Err(OpenError::NotOurs { key_id }),
        };
        plain.truncate(length);
        Ok(plain)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealer({:?})", self.0)
    }
}

impl Place<'_> {
    /// `table|mchid|name|version`. None of the parts contains the bar.
    fn associated_data(self) -> Vec<u8> {
        let Place { table, mchid, name, version } = self;
        let mchid = mchid.map_or("", Mchid::as_str);
        format!("{table}|{mchid}|{name}|{version}").into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const NEW: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
    const PLAIN: &[u8] = b"the-api-v3-key-of-a-merchant-id!";

    fn sealer(keyset: &str) -> Sealer {
        Sealer::new(Keyset::parse(keyset, "test").unwrap())
    }

    fn old() -> Sealer {
        sealer(&format!("primary old; key old {OLD}"))
    }

    fn place<'a>(mchid: Option<&'a Mchid>) -> Place<'a> {
        Place { table: "secrets", mchid, name: "api_v3_key", version: 1 }
    }

    #[test]
    fn what_was_sealed_opens_and_no_two_seals_are_alike() {
        let mchid = Mchid::parse("1900000001").unwrap();
        for plain in [PLAIN, b""] {
            let sealed = old().seal(place(Some(&mchid)), plain).unwrap();
            assert_eq!(sealed.key_id, "old");
            assert_eq!(*old().open(place(Some(&mchid)), &sealed.bytes).unwrap(), plain);
            assert_ne!(old().seal(place(Some(&mchid)), plain).unwrap(), sealed);
        }
    }

    #[test]
    fn a_single_changed_bit_anywhere_does_not_open() {
        let sealed = old().seal(place(None), PLAIN).unwrap().bytes;
        for at in 0..sealed.len() {
            for bit in 0..8 {
                let mut changed = sealed.clone();
                changed[at] ^= 1 << bit;
                assert!(old().open(place(None), &changed).is_err(), "bit {bit} of byte {at}");
            }
            assert!(old().open(place(None), &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn a_secret_that_was_moved_does_not_open() {
        let (one, other) = (Mchid::parse("1900000001").unwrap(), Mchid::parse("1900000002").unwrap());
        let here = place(Some(&one));
        let sealed = old().seal(here, PLAIN).unwrap().bytes;
        for there in [
            place(Some(&other)),
            place(None),
            Place { table: "settings", ..here },
            Place { name: "api_certificate", ..here },
            Place { version: 2, ..here },
        ] {
            assert_eq!(
                old().open(there, &sealed).unwrap_err(),
                OpenError::NotOurs { key_id: "old".to_owned() },
                "{there:?}"
            );
        }
    }

    #[test]
    fn another_keyset_says_whether_the_key_is_missing_or_another_one() {
        let sealed = old().seal(place(None), PLAIN).unwrap().bytes;
        let missing = sealer(&format!("primary new; key new {NEW}")).open(place(None), &sealed);
        assert_eq!(missing.unwrap_err(), OpenError::UnknownKey { key_id: "old".to_owned() });
        let namesake = sealer(&format!("primary old; key old {NEW}")).open(place(None), &sealed);
        assert_eq!(namesake.unwrap_err(), OpenError::NotOurs { key_id: "old".to_owned() });
    }

    #[test]
    fn after_a_rotation_old_secrets_open_and_new_ones_have_the_new_key() {
        let sealed = old().seal(place(None), PLAIN).unwrap().bytes;
        let rotated = sealer(&format!("primary new; key new {NEW}; key old {OLD}"));
        assert_eq!(*rotated.open(place(None), &sealed).unwrap(), PLAIN);
        assert_eq!(rotated.seal(place(None), PLAIN).unwrap().key_id, "new");
    }

    #[test]
    fn nothing_secret_is_printed() {
        let sealed = old().seal(place(None), PLAIN).unwrap();
        let printed = format!("{:?} {sealed:?}", old());
        assert!(!printed.contains("api-v3") && !printed.contains(OLD), "{printed}");
    }
}
