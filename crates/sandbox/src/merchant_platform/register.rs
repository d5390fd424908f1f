//! Every merchant API certificate that the platform issued, and where each stands in its life.
//!
//! A *life* is what the merchant applied for once: a key with the certificates that were issued for it, each renewal one more.
//! The rules of lives are [`certs::lifecycle`]'s; here is only what there is.

use std::collections::BTreeMap;

use certs::lifecycle::{Action, IssuedBy, Policy, Record, State, next_change, state};
use certs::material;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wechatpay::ids::Mchid;
use wechatpay::keys::{Certificate, KeyError, KeyName};

use super::standing::Standing;

/// All certificates of all merchants.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Register {
    /// The numbers by which certificates live.
    pub policy: Policy,
    /// Whether a renewal of a CA-issued certificate certifies a new key.
    #[serde(default)]
    pub renewal_takes_new_key: bool,
    /// By merchant id.
    merchants: BTreeMap<String, Applications>,
}

/// What a merchant applied for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Applications {
    /// The serial number of the certificate that lies in its folder of credentials.
    enrolled: String,
    /// Oldest first.
    lives: Vec<Life>,
}

/// A key and the certificates issued for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Life {
    /// What the rules know of it. Its serial number is the newest certificate's.
    pub record: Record,
    /// Oldest first, never empty.
    certificates: Vec<Kept>,
}

/// A certificate that was issued.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Kept {
    /// As PEM.
    pub pem: String,
    /// As DER.
    pub der: Vec<u8>,
    /// Its public key, as DER.
    pub spki: Vec<u8>,
    /// What verifying needs of it.
    pub certificate: Certificate,
}

impl PartialEq for Kept {
    fn eq(&self, other: &Kept) -> bool {
        self.der == other.der
    }
}

impl TryFrom<String> for Kept {
    type Error = KeyError;

    fn try_from(pem: String) -> Result<Kept, KeyError> {
        let certificate = Certificate::from_pem(&pem)?;
        let contents = material::read(pem.as_bytes(), &[]).map_err(|_| KeyError::NotCertificate)?;
        let parsed = contents.certificates().next().ok_or(KeyError::NotCertificate)?;
        let (der, spki) = (parsed.der().to_vec(), parsed.public_key.spki().to_vec());
        Ok(Kept { pem, der, spki, certificate })
    }
}

impl From<Kept> for String {
    fn from(kept: Kept) -> String {
        kept.pem
    }
}

impl Life {
    /// The life that begins with this certificate.
    pub fn new(record: Record, first: Kept) -> Life {
        Life { record, certificates: vec![first] }
    }

    /// The same life after a renewal.
    pub fn renewed(&mut self, record: Record, newest: Kept) {
        self.record = record;
        self.certificates.push(newest);
    }

    /// The certificate to use.
    pub fn newest(&self) -> &Kept {
        // Never empty: `new` begins with one and nothing takes one away.
        &self.certificates[self.certificates.len() - 1]
    }

    /// All certificates, oldest first.
    pub fn certificates(&self) -> impl DoubleEndedIterator<Item = &Kept> {
        self.certificates.iter()
    }

    /// Where it stands at `now`.
    pub fn state(&self, policy: &Policy, now: Timestamp) -> State {
        state(&self.record, policy, now)
    }
}

impl Register {
    /// An empty register under these rules.
    pub fn under(policy: Policy, renewal_takes_new_key: bool) -> Register {
        Register { policy, renewal_takes_new_key, merchants: BTreeMap::new() }
    }

    /// Whether a merchant hands in a key with `action` on a CA-issued certificate.
    pub(crate) fn takes_a_key(&self, action: Action) -> bool {
        match action {
            Action::SubmitRequest | Action::Change | Action::UpgradeKind | Action::ApplyForAnother => true,
            Action::Renew | Action::UpgradeExpired => self.renewal_takes_new_key,
            Action::Install | Action::ReportKeyLost | Action::Void | Action::Restore => false,
        }
    }

    /// Enters the certificate that lies in a merchant's folder of credentials. If it is another than last time, the merchant's
    /// keys were made anew, and what was issued before is forgotten.
    pub fn enrol(&mut self, mchid: &Mchid, kept: Kept) {
        let serial = kept.certificate.serial.as_str();
        if self.merchants.get(mchid.as_str()).is_some_and(|known| known.enrolled == serial) {
            return;
        }
        let enrolled = serial.to_owned();
        let lives = vec![Life::new(record_of(&kept.certificate, IssuedBy::Ca), kept)];
        self.merchants.insert(mchid.to_string(), Applications { enrolled, lives });
    }

    /// The lives of a merchant's certificates, oldest first.
    pub fn of(&self, mchid: &Mchid) -> &[Life] {
        self.merchants.get(mchid.as_str()).map_or(&[], |known| &known.lives)
    }

    /// The same, to change them.
    pub(crate) fn of_mut(&mut self, mchid: &Mchid) -> &mut Vec<Life> {
        &mut self.merchants.entry(mchid.to_string()).or_default().lives
    }

    /// How many of a merchant's certificates are living at `now`, as the rules count them, that of `but` left out.
    pub(crate) fn others_living(&self, mchid: &Mchid, but: Option<&Record>, now: Timestamp) -> usize {
        let others = self.of(mchid).iter().filter(|life| Some(&life.record) != but);
        others.filter(|life| life.state(&self.policy, now).is_living()).count()
    }

    /// The newest certificate that was issued for this key.
    pub(crate) fn issued_for(&self, mchid: &Mchid, spki: &[u8]) -> Option<&Kept> {
        self.find_where(mchid, |kept| kept.spki == spki).map(|(_, kept)| kept)
    }

    /// Forgets everything that a merchant applied for: it stands as one that never did.
    pub(crate) fn forget(&mut self, mchid: &Mchid) {
        self.of_mut(mchid).clear();
    }

    /// When the clock alone will next change how a certificate stands.
    pub(crate) fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let change = |life: &Life| next_change(life.state(&self.policy, now), &life.record, &self.policy);
        self.all().filter_map(|(_, life)| change(life)).map(|(at, _)| at).filter(|at| *at > now).min()
    }

    /// All lives with their merchant ids.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &Life)> {
        self.merchants
            .iter()
            .flat_map(|(mchid, known)| known.lives.iter().map(move |life| (mchid.as_str(), life)))
    }

    /// The certificate with this serial number, and its life.
    pub fn find(&self, mchid: &Mchid, serial: &KeyName) -> Option<(&Life, &Kept)> {
        self.find_where(mchid, |kept| kept.certificate.serial == *serial)
    }

    /// What a certificate is worth at `now` that is named by its serial number, as in V3.
    pub fn standing(&self, mchid: &Mchid, serial: &KeyName, now: Timestamp) -> Standing<'_> {
        self.judge(mchid, now, |kept| kept.certificate.serial == *serial)
    }

    /// What a certificate is worth at `now` that was shown itself, as DER, as in mutual TLS; `mchid` is the one who calls.
    pub fn standing_of_file(&self, mchid: &Mchid, der: &[u8], now: Timestamp) -> Standing<'_> {
        self.judge(mchid, now, |kept| kept.der == der)
    }

    fn judge(&self, mchid: &Mchid, now: Timestamp, is_it: impl Fn(&Kept) -> bool) -> Standing<'_> {
        if let Some((life, kept)) = self.find_where(mchid, &is_it) {
            return Standing::of(life, kept, &self.policy, now);
        }
        let other = self.all().find(|(_, life)| life.certificates().any(&is_it));
        match other.and_then(|(owner, _)| Mchid::parse(owner).ok()) {
            Some(owner) => Standing::OtherMerchant { owner },
            None if self.of(mchid).is_empty() => Standing::NeverApplied,
            None => Standing::Unknown,
        }
    }

    fn find_where(&self, mchid: &Mchid, is_it: impl Fn(&Kept) -> bool) -> Option<(&Life, &Kept)> {
        let kept = self.of(mchid).iter().flat_map(|life| life.certificates().map(move |kept| (life, kept)));
        kept.rev().find(|(_, kept)| is_it(kept))
    }
}

/// A first certificate's record.
pub(crate) fn record_of(certificate: &Certificate, issued_by: IssuedBy) -> Record {
    let validity =
        certs::lifecycle::Validity { not_before: certificate.not_before, not_after: certificate.not_after };
    Record::from_certificate(certificate.serial.as_str(), issued_by, validity, None)
}
