//! Which files belong together: those with the same public key, whatever else they are.
//!
//! After a second application a folder holds keys, requests, certificates and bundles of two key pairs, and mixing them
//! is the most frequent mistake there is. Source: [certificate-serial].

use crate::material::{Contents, Item};

/// A file, and what is in it.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// The name to call it by.
    pub name: &'a str,
    /// What it holds.
    pub contents: &'a Contents,
}

/// One file's key.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct PairedPart {
    /// The name of the file.
    pub name: String,
    /// What in it has the key: `private-key`, `certificate`, `csr` or `public-key`.
    pub kind: &'static str,
    /// SHA-256 of the public key; `None` for a private key that is still encrypted.
    pub spki_sha256: Option<String>,
    /// Number of the group, from 0, of those with the same key; `None` without a known key.
    pub group: Option<usize>,
}

/// Which files belong together.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Pairing {
    /// Everything that has a key, in the order given.
    pub parts: Vec<PairedPart>,
    /// How many different keys there are.
    pub keys: usize,
}

impl Pairing {
    /// Whether all files have the same key. Keys that are still encrypted count as another one.
    pub fn is_one_pair(&self) -> bool {
        self.keys == 1 && self.parts.iter().all(|part| part.group.is_some())
    }
}

/// Groups the files by their keys. Of several certificates in a file only the one that it is about counts: the others are
/// its issuers.
pub fn pair(parts: &[Part<'_>]) -> Pairing {
    let (mut paired, mut keys) = (Vec::new(), Vec::<String>::new());
    for part in parts {
        let leaf = part.contents.leaf();
        for item in &part.contents.items {
            let key = match item {
                Item::Certificate(certificate) if leaf != Some(&**certificate) => continue,
                Item::Certificate(certificate) => Some(&certificate.public_key),
                Item::PrivateKey(key) => Some(key.public_key()),
                Item::Csr(csr) => Some(&csr.public_key),
                Item::PublicKey(key) => Some(key),
                Item::SealedKey => None,
            };
            let spki_sha256 = key.map(|key| key.spki_sha256());
            let group = spki_sha256.clone().map(|digest| {
                keys.iter().position(|known| *known == digest).unwrap_or_else(|| {
                    keys.push(digest);
                    keys.len() - 1
                })
            });
            paired.push(PairedPart {
                name: part.name.to_owned(),
                kind: item.kind().name(),
                spki_sha256,
                group,
            });
        }
    }
    Pairing { parts: paired, keys: keys.len() }
}
