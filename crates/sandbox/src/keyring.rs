//! Which keys and certificates are in force: the platform's own, and those of the merchants it knows.
//!
//! A keyring is cheap to clone, so that signing and verifying, which are slow, happen outside of any lock on a view of it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use wechatpay::ids::Mchid;
use wechatpay::keys::{ApiV3Key, Certificate, KeyName, SigningKey};

/// What the platform knows of a merchant id's keys.
pub struct MerchantKeys {
    /// Its API certificate.
    pub certificate: Certificate,
    /// Its APIv3 key.
    pub api_v3_key: ApiV3Key,
}

/// A certificate the platform signs with.
pub struct PlatformCertificate {
    /// Its serial number.
    pub name: KeyName,
    /// The certificate.
    pub pem: String,
    /// Start of use.
    pub effective_at: Timestamp,
    /// End of use.
    pub expires_at: Timestamp,
    /// Its key.
    pub key: SigningKey,
}

/// The WeChat Pay public key, for merchants in public-key mode.
pub struct PublicKey {
    /// Its id, `PUB_KEY_ID_…`.
    pub id: KeyName,
    /// The public key.
    pub pem: String,
    /// Its key.
    pub key: SigningKey,
}

/// The keys in force.
#[derive(Clone)]
pub struct Keyring {
    merchants: Arc<BTreeMap<Mchid, MerchantKeys>>,
    /// Oldest first; never empty.
    certificates: Arc<Vec<Arc<PlatformCertificate>>>,
    public_key: Arc<PublicKey>,
}

impl Keyring {
    /// These keys; `first` is the platform's oldest certificate.
    pub fn new(
        merchants: BTreeMap<Mchid, MerchantKeys>,
        first: PlatformCertificate,
        public_key: PublicKey,
    ) -> Keyring {
        Keyring {
            merchants: Arc::new(merchants),
            certificates: Arc::new(vec![Arc::new(first)]),
            public_key: Arc::new(public_key),
        }
    }

    /// The keys of a merchant id, if it is one of this world.
    pub fn merchant(&self, mchid: &Mchid) -> Option<&MerchantKeys> {
        self.merchants.get(mchid)
    }

    /// The platform's certificates, oldest first.
    pub fn platform_certificates(&self) -> impl Iterator<Item = &PlatformCertificate> {
        self.certificates.iter().map(Arc::as_ref)
    }

    /// The certificate that signs where the other side names none.
    pub fn newest_certificate(&self) -> &PlatformCertificate {
        // Never empty: `new` begins with one and nothing takes one away.
        &self.certificates[self.certificates.len() - 1]
    }

    /// The WeChat Pay public key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The key with this name, if the platform signs with it.
    pub fn signing_key(&self, name: &KeyName) -> Option<&SigningKey> {
        if *name == self.public_key.id {
            return Some(&self.public_key.key);
        }
        self.platform_certificates().find(|certificate| certificate.name == *name).map(|found| &found.key)
    }

    /// This keyring with one more platform certificate, the newest from now on; the older ones stay known.
    pub fn rotated(&self, newest: PlatformCertificate) -> Keyring {
        let mut certificates = self.certificates.to_vec();
        certificates.push(Arc::new(newest));
        Keyring { certificates: Arc::new(certificates), ..self.clone() }
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&KeyName> =
            self.platform_certificates().map(|certificate| &certificate.name).collect();
        write!(f, "keys of {} merchants, platform certificates {names:?}", self.merchants.len())
    }
}
