//! Private keys: made, put under a passphrase, and opened again.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use certs::material::{self, WrongKind};
use certs::private_key::PrivateKey;
use certs::sealed_key::{Salts, seal};
use zeroize::Zeroizing;

use super::error::FolderError;
use super::folder::CertificateFolder;

/// A new key as every issued certificate has one: RSA with 2048 bits, exponent 65537. Source: [api-certificate].
pub(super) fn make() -> Result<PrivateKey, FolderError> {
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| FolderError::KeyNotMade)?;
    let pkcs8 = pair.as_der().map_err(|_| FolderError::KeyNotMade)?;
    PrivateKey::from_pkcs8(pkcs8.as_ref()).map_err(|_| FolderError::KeyNotMade)
}

/// The key in PEM, PKCS#8; encrypted if there is a passphrase.
pub fn pem(key: &PrivateKey, passphrase: Option<&str>) -> Result<Zeroizing<String>, FolderError> {
    let Some(passphrase) = passphrase else { return Ok(key.pem()) };
    if passphrase.is_empty() {
        return Err(FolderError::EmptyPassphrase);
    }
    let mut salts = Salts { salt: [0; 16], iv: [0; 16] };
    rand::fill(&mut salts.salt)
        .and_then(|()| rand::fill(&mut salts.iv))
        .map_err(|_| FolderError::KeyNotMade)?;
    seal(key, passphrase, salts).map_err(|_| FolderError::KeyNotMade)
}

impl CertificateFolder {
    /// The private key in the folder, opened with the passphrase if it is encrypted.
    pub fn private_key(&self, passphrase: Option<&str>) -> Result<PrivateKey, FolderError> {
        let path = self.key();
        let bytes = super::files::read_if_there(&path)?;
        let bytes = bytes.ok_or_else(|| FolderError::KeyLost { path: path.clone() })?;
        let passphrases: Vec<&str> = passphrase.into_iter().collect();
        let contents = material::read(&bytes, &passphrases)
            .map_err(|source| FolderError::Material { path: path.clone(), source })?;
        contents.expect_private_key().cloned().map_err(|found| match (found, passphrase) {
            (WrongKind { found: material::Kind::SealedKey, .. }, None) => FolderError::PassphraseNeeded,
            (WrongKind { found: material::Kind::SealedKey, .. }, Some(_)) => FolderError::WrongPassphrase,
            (found, _) => FolderError::Misnamed { path, found },
        })
    }
}
