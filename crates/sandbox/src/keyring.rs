//! Which keys and certificates are in force: the platform's own, and those of the merchants it knows.
//!
//! A keyring is cheap to clone, so that signing and verifying, which are slow, happen outside of any lock on a view of it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use wechatpay::ids::Mchid;
use wechatpay::keys::{ApiV3Key, KeyName, SigningKey};
use wechatpay::v2::key::ApiV2Key;

use crate::merchant_platform::register::{Kept, Register};
use crate::merchant_platform::standing::Standing;

/// What the platform knows of a merchant id's keys.
pub struct MerchantKeys {
    /// The API certificate that lies in its folder; the platform may have issued others since.
    pub certificate: Kept,
    /// Its APIv3 key.
    pub api_v3_key: ApiV3Key,
    /// Its APIv2 key.
    pub api_v2_key: ApiV2Key,
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
    register: Arc<Register>,
    /// Oldest first; never empty.
    certificates: Arc<Vec<Arc<PlatformCertificate>>>,
    public_key: Arc<PublicKey>,
}

impl Keyring {
    /// These keys; `first` is the platform's oldest certificate. Of the merchants' certificates those in their folders are
    /// known.
    pub fn new(
        merchants: BTreeMap<Mchid, MerchantKeys>,
        first: PlatformCertificate,
        public_key: PublicKey,
    ) -> Keyring {
        let mut register = Register::default();
        enrol(&mut register, &merchants);
        Keyring {
            merchants: Arc::new(merchants),
            register: Arc::new(register),
            certificates: Arc::new(vec![Arc::new(first)]),
            public_key: Arc::new(public_key),
        }
    }

    /// The keys of a merchant id, if it is one of this world.
    pub fn merchant(&self, mchid: &Mchid) -> Option<&MerchantKeys> {
        self.merchants.get(mchid)
    }

    /// Every certificate issued to merchants.
    pub fn register(&self) -> &Register {
        &self.register
    }

    /// The same, to change it. Views taken before keep what they saw.
    pub(crate) fn register_mut(&mut self) -> &mut Register {
        Arc::make_mut(&mut self.register)
    }

    /// Takes over what an earlier sandbox, or a snapshot, had issued. The certificates in the merchants' folders count in
    /// any case.
    pub(crate) fn take_over(&mut self, mut register: Register) {
        enrol(&mut register, &self.merchants);
        self.register = Arc::new(register);
    }

    /// What the certificate with this serial number is worth to the merchant id that calls; see [`Register::standing`].
    pub fn certificate_standing(&self, mchid: &Mchid, serial: &KeyName, now: Timestamp) -> Standing<'_> {
        self.register.standing(mchid, serial, now)
    }

    /// What the certificate shown in a handshake is worth to the merchant id that calls; see
    /// [`Register::standing_of_file`].
    pub fn standing_of_file(&self, mchid: &Mchid, der: &[u8], now: Timestamp) -> Standing<'_> {
        self.register.standing_of_file(mchid, der, now)
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

    /// This keyring with the platform's own keys out of `other`, as a rotation made them meanwhile.
    pub(crate) fn with_platform_keys_of(&self, other: &Keyring) -> Keyring {
        Keyring { certificates: other.certificates.clone(), ..self.clone() }
    }

    /// This keyring with one more platform certificate, the newest from now on; the older ones stay known.
    pub fn rotated(&self, newest: PlatformCertificate) -> Keyring {
        let mut certificates = self.certificates.to_vec();
        certificates.push(Arc::new(newest));
        Keyring { certificates: Arc::new(certificates), ..self.clone() }
    }
}

fn enrol(register: &mut Register, merchants: &BTreeMap<Mchid, MerchantKeys>) {
    for (mchid, keys) in merchants {
        register.enrol(mchid, keys.certificate.clone());
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&KeyName> =
            self.platform_certificates().map(|certificate| &certificate.name).collect();
        write!(f, "keys of {} merchants, platform certificates {names:?}", self.merchants.len())
    }
}
