//! Asking for a certificate: the key, and the request string that is made from it.

use certs::private_key::PrivateKey;
use certs::request::{MerchantId, MerchantName, make};
use store::kill_point;

use super::error::FolderError;
use super::files::{self, FileError};
use super::folder::{Asked, CertificateFolder, GITIGNORE, Holding};
use super::key;

/// A request string, whose key is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What was asked for.
    pub asked: Asked,
    /// Whether it was made earlier, and only shown again.
    pub resumed: bool,
}

/// Nothing of such a folder belongs in a repository, this file included. Source: [certificate-serial].
const IGNORE_ALL: &str = "# Private keys lie here.\n*\n";

impl CertificateFolder {
    /// The request string for this merchant. It is made at the first time, with its key, and is the same ever after: whoever
    /// was interrupted repeats the call.
    ///
    /// With a passphrase the new key is encrypted; one that is there already stays as it is.
    pub fn request(
        &self,
        merchant_id: &MerchantId,
        name: &MerchantName,
        passphrase: Option<&str>,
    ) -> Result<Request, FolderError> {
        let lock = self.lock()?;
        self.settle(&lock)?;
        match self.look() {
            Ok(Holding::Nothing) if files::exists(&self.bundle()) => {
                Err(FolderError::BundleExists { path: self.bundle() })
            }
            Ok(Holding::Nothing) => {
                self.begin(merchant_id, name, passphrase)?;
                let asked = self.asked()?.ok_or_else(|| self.nothing_asked_for())?;
                Ok(Request { asked, resumed: false })
            }
            Ok(Holding::Awaiting(asked)) => {
                is_the_same(&asked, merchant_id, name)?;
                Ok(Request { asked, resumed: true })
            }
            Ok(Holding::Certificate(kept)) => {
                Err(FolderError::HasCertificate { serial: kept.certificate.serial })
            }
            Err(FolderError::NobodysKey { .. }) => Err(FolderError::KeyExists { path: self.key() }),
            Err(error) => Err(error),
        }
    }

    fn begin(
        &self,
        merchant_id: &MerchantId,
        name: &MerchantName,
        passphrase: Option<&str>,
    ) -> Result<(), FolderError> {
        let key = key::make()?;
        let pem = key::pem(&key, passphrase)?;
        let request_string = request_string(&key, merchant_id, name)?;
        match files::write_new(&self.path().join(GITIGNORE), IGNORE_ALL.as_bytes()) {
            // Somebody's own, in a folder that was there before.
            Ok(()) | Err(FileError::Exists { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let unnamed = self.unnamed_request_string();
        files::write_new(&unnamed, request_string.as_bytes())?;
        kill_point::pass("certificate_request_written");
        let unnamed_key = files::beside(&self.key());
        // The key of a request that was interrupted before anybody saw its string.
        files::remove(&unnamed_key)?;
        files::write_new(&unnamed_key, pem.as_bytes())?;
        kill_point::pass("certificate_key_written");
        files::name_once(&unnamed_key, &self.key())?;
        kill_point::pass("certificate_key_named");
        files::rename(&unnamed, &self.request_string())?;
        Ok(())
    }

    pub(super) fn nothing_asked_for(&self) -> FolderError {
        FolderError::NothingAskedFor { path: self.path().to_owned() }
    }
}

fn request_string(
    key: &PrivateKey,
    merchant_id: &MerchantId,
    name: &MerchantName,
) -> Result<String, FolderError> {
    make(key, merchant_id, name).map_err(|_| FolderError::KeyNotMade)
}

fn is_the_same(asked: &Asked, merchant_id: &MerchantId, name: &MerchantName) -> Result<(), FolderError> {
    if asked.merchant_id != *merchant_id {
        return Err(FolderError::OtherMerchant {
            merchant_id: asked.merchant_id.clone(),
            given: merchant_id.clone(),
        });
    }
    if asked.merchant_name != *name {
        return Err(FolderError::OtherName { name: asked.merchant_name.clone(), given: name.clone() });
    }
    Ok(())
}
