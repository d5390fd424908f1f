//! Installing: the certificate string that came back becomes the set of files that software reads.

use certs::anchors::Anchors;
use certs::bundle::{self, Bundle, Cipher};
use certs::certificate::{Certificate, Validity};
use certs::material;
use certs::request::{MerchantId, Pending};
use certs::serial::SerialNumber;
use certs::verification::{Outcome, Question, Verification, verify};
use jiff::Timestamp;
use store::kill_point;
use zeroize::Zeroizing;

use super::error::FolderError;
use super::explanation;
use super::files::{self, Lock};
use super::folder::{BUNDLE, CERTIFICATE, CertificateFolder, EXPLANATION, Holding, PREVIOUS};

/// Where a set is being written; worth nothing until it has the other name.
const STAGE: &str = ".install";
/// A whole set, whose files are to be moved into their places.
pub(super) const READY: &str = ".install-ready";
/// The files of a set, in the order in which they are moved.
const SET: [&str; 3] = [BUNDLE, CERTIFICATE, EXPLANATION];
/// What a key store calls the entry. Java software of others asks for it by this name. Source: \[inferred].
pub const BUNDLE_NAME: &str = "Tenpay Certificate";

/// How to install.
#[derive(Clone, Copy)]
pub struct Installation<'a> {
    /// What is trusted.
    pub anchors: &'a Anchors,
    /// What opens the key, if it is encrypted.
    pub passphrase: Option<&'a str>,
    /// The password of the PKCS#12 file; the merchant id if none is given, as software expects.
    pub bundle_password: Option<&'a str>,
    /// How the PKCS#12 file is encrypted.
    pub cipher: Cipher,
    /// When.
    pub now: Timestamp,
}

/// What was installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// The certificate.
    pub certificate: Certificate,
    /// Whose it is.
    pub merchant_id: MerchantId,
    /// Why it is believed.
    pub verification: Verification,
    /// The certificate that lay there before; the same one if it was installed again.
    pub replaced: Option<SerialNumber>,
}

impl Installed {
    /// Whether the very certificate was there before. A clipboard that still held the old string looks like this.
    pub fn is_the_same_again(&self) -> bool {
        self.replaced.as_ref() == Some(&self.certificate.serial)
    }
}

/// What a folder waits for.
struct Awaited {
    pending: Pending,
    /// The certificate that it would replace.
    current: Option<Certificate>,
}

impl CertificateFolder {
    /// Installs the certificate in `pasted`: PEM, bare Base64 or DER, alone or among its chain, as a clipboard gives it.
    ///
    /// It must be the one for the key in this folder, for the merchant id that was asked for, proven by the anchors and not
    /// expired. The set that it replaces is kept under [`PREVIOUS`]. The key is not touched.
    pub fn install(&self, pasted: &[u8], how: &Installation<'_>) -> Result<Installed, FolderError> {
        if self.holding()? == Holding::Nothing {
            return Err(self.nothing_asked_for());
        }
        let lock = self.lock()?;
        self.settle(&lock)?;
        let Awaited { pending, current } = self.awaited()?;
        let certificate = pending.certificate(pasted)?;
        let key = self.private_key(how.passphrase)?;
        if *key.public_key() != pending.public_key {
            return Err(FolderError::OtherKey);
        }
        let beside: Vec<Certificate> = match material::read(pasted, &[]) {
            Ok(contents) => contents.certificates().cloned().collect(),
            Err(_) => Vec::new(),
        };
        let verification = verify(&Question {
            certificate: &certificate,
            beside: &beside,
            anchors: how.anchors,
            key: Some(key.public_key()),
            merchant_id: Some(pending.merchant_id.as_str()),
            now: how.now,
        });
        if !is_enough(&verification, &certificate, how.now) {
            return Err(FolderError::NotProven(verification));
        }
        let password = how.bundle_password.unwrap_or(pending.merchant_id.as_str());
        let contents = Bundle {
            key: Zeroizing::new(key.pkcs8().to_vec()),
            certificate: certificate.der().to_vec(),
            chain: Vec::new(),
        };
        let bundle = bundle::write(&contents, BUNDLE_NAME, password, how.cipher)?;
        let explained = explanation::Facts {
            certificate: &certificate,
            merchant_id: &pending.merchant_id,
            password_is_merchant_id: how.bundle_password.is_none(),
        };
        let replaced = current.as_ref().map(|current| current.serial.clone());
        if let Some(current) = current.filter(|current| current.serial != certificate.serial) {
            self.keep_previous(&current)?;
        }
        let set = [bundle.as_slice(), certificate.pem().as_bytes(), explanation::text(&explained).as_bytes()]
            .map(<[u8]>::to_vec);
        self.place(SET.into_iter().zip(set), &lock)?;
        Ok(Installed { certificate, merchant_id: pending.merchant_id, verification, replaced })
    }

    /// What the folder waits for: the first certificate of its request string, or a renewed one of the same key.
    fn awaited(&self) -> Result<Awaited, FolderError> {
        match self.look()? {
            Holding::Nothing => Err(self.nothing_asked_for()),
            // Ours is made together with the certificate, which is not there.
            Holding::Awaiting(_) if files::exists(&self.bundle()) => {
                Err(FolderError::BundleExists { path: self.bundle() })
            }
            Holding::Awaiting(asked) => Ok(Awaited {
                pending: Pending {
                    public_key: asked.public_key,
                    merchant_id: asked.merchant_id,
                    known: Vec::new(),
                },
                current: None,
            }),
            Holding::Certificate(kept) => {
                if kept.key_is_sealed.is_none() {
                    return Err(FolderError::KeyLost { path: self.key() });
                }
                let asked = self.asked()?.map(|asked| asked.merchant_id);
                let merchant_id = asked.or(kept.merchant_id);
                let merchant_id =
                    merchant_id.ok_or_else(|| FolderError::NobodysKey { path: self.path().to_owned() })?;
                let known = kept.earlier.iter().map(|earlier| earlier.serial.clone()).collect();
                let public_key = kept.certificate.public_key.clone();
                Ok(Awaited {
                    pending: Pending { public_key, merchant_id, known },
                    current: Some(kept.certificate),
                })
            }
        }
    }

    /// Copies the set of `current` to where it stays. Until the new set counts, it lies in both places.
    fn keep_previous(&self, current: &Certificate) -> Result<(), FolderError> {
        let previous = self.path().join(PREVIOUS);
        let kept = previous.join(current.serial.hex());
        if files::exists(&kept) {
            return Ok(());
        }
        let unnamed = files::beside(&kept);
        files::make_folder(&previous)?;
        files::remove_folder(&unnamed)?;
        files::make_folder(&unnamed)?;
        for name in SET {
            if let Some(bytes) = files::read_if_there(&self.path().join(name))? {
                files::write_new(&unnamed.join(name), &bytes)?;
            }
        }
        files::rename(&unnamed, &kept)?;
        Ok(())
    }

    /// Puts a whole set into its place: all of it or nothing.
    fn place(
        &self,
        set: impl Iterator<Item = (&'static str, Vec<u8>)>,
        lock: &Lock,
    ) -> Result<(), FolderError> {
        let stage = self.path().join(STAGE);
        files::remove_folder(&stage)?;
        let written = files::make_folder(&stage).and_then(|()| {
            set.into_iter().try_for_each(|(name, bytes)| files::write_new(&stage.join(name), &bytes))
        });
        if let Err(error) = written {
            // On a full disk every byte counts for whoever makes room.
            let _ = files::remove_folder(&stage);
            return Err(error.into());
        }
        kill_point::pass("certificate_set_written");
        files::rename(&stage, &self.path().join(READY))?;
        kill_point::pass("certificate_set_ready");
        finish(self, lock)
    }
}

/// Moves what is left of a set that counts into its place.
pub(super) fn finish(folder: &CertificateFolder, _lock: &Lock) -> Result<(), FolderError> {
    let ready = folder.path().join(READY);
    if !files::exists(&ready) {
        return Ok(());
    }
    for name in SET {
        let from = ready.join(name);
        if files::exists(&from) {
            files::rename(&from, &folder.path().join(name))?;
            kill_point::pass("certificate_file_moved");
        }
    }
    files::remove_folder(&ready)?;
    Ok(files::sync_folder(folder.path())?)
}

/// Whether a certificate may be installed. One that is not valid yet may: the clock of the platform that issued it a moment
/// ago is often ahead of this machine's.
fn is_enough(verification: &Verification, certificate: &Certificate, now: Timestamp) -> bool {
    let early = certificate.validity_at(now) == Validity::NotYet;
    let mut checks = verification.clone();
    checks.checks.retain(|check| !(early && check.question == "validity" && check.outcome == Outcome::Fail));
    checks.is_good()
}
