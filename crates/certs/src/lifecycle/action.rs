//! What people can ask for, what stands in its way, and what comes of it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::china;
use super::policy::{Policy, Profile};
use super::record::{IssuedBy, KeyPlace, Record, Superseded, Validity};
use super::state::State;

/// A step that somebody takes with a certificate; all but two are taken on the Merchant Platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Submit a request string where there is no certificate.
    SubmitRequest,
    /// Paste the certificate string into the tool.
    Install,
    /// Tell that the key was lost before the certificate string was pasted.
    ReportKeyLost,
    /// Renewal: a further period for the same key.
    Renew,
    /// Upgrade of an expired certificate: the renewal of the month after expiry.
    UpgradeExpired,
    /// Change: another certificate with another key.
    Change,
    /// Upgrade of the kind, from WeChat-Pay-issued to CA-issued.
    UpgradeKind,
    /// Void.
    Void,
    /// Take back a voiding.
    Restore,
    /// Apply for another certificate beside this one.
    ApplyForAnother,
}

impl Action {
    /// Every action.
    pub const ALL: [Action; 10] = [
        Action::SubmitRequest,
        Action::Install,
        Action::ReportKeyLost,
        Action::Renew,
        Action::UpgradeExpired,
        Action::Change,
        Action::UpgradeKind,
        Action::Void,
        Action::Restore,
        Action::ApplyForAnother,
    ];

    /// Its name, as programs read it.
    pub fn name(self) -> &'static str {
        match self {
            Action::SubmitRequest => "submit-request",
            Action::Install => "install",
            Action::ReportKeyLost => "report-key-lost",
            Action::Renew => "renew",
            Action::UpgradeExpired => "upgrade-expired",
            Action::Change => "change",
            Action::UpgradeKind => "upgrade-kind",
            Action::Void => "void",
            Action::Restore => "restore",
            Action::ApplyForAnother => "apply-for-another",
        }
    }

    /// What people call it, and the platform's button with it. The button for an expired certificate was renamed when the
    /// rules changed. Source: [api-certificate], [certificate-renewal].
    pub fn label(self, profile: Profile) -> &'static str {
        match (self, profile) {
            (Action::SubmitRequest, _) => "Request Certificate",
            (Action::Install, _) => "Paste certificate string",
            (Action::ReportKeyLost, _) => "Report a lost key",
            (Action::Renew, _) | (Action::UpgradeExpired, Profile::Current) => "Renewal",
            (Action::UpgradeExpired, Profile::Classic) | (Action::UpgradeKind, _) => "Upgrade",
            (Action::Change, _) => "Change",
            (Action::Void, _) => "Void",
            (Action::Restore, _) => "Restore",
            (Action::ApplyForAnother, _) => "Apply for another",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What the platform, or the tool for [`Action::Install`], knows about who asks and what was handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guards {
    /// The super administrator of the merchant id is asking.
    pub super_administrator: bool,
    /// The operating certificate is installed in the browser.
    pub operating_certificate: bool,
    /// SMS code and login password are right.
    pub authorised: bool,
    /// The request string can be read, and its own signature holds.
    pub csr_ok: bool,
    /// Merchant id and name agree with the platform's record.
    pub merchant_matches: bool,
    /// The pasted certificate belongs to the key that waits for it.
    pub key_matches: bool,
    /// How many other certificates of the merchant id are living ([`State::is_living`]).
    pub others_living: usize,
}

impl Guards {
    /// Nothing stands in the way, with so many other certificates living.
    pub fn satisfied(others_living: usize) -> Guards {
        Guards {
            super_administrator: true,
            operating_certificate: true,
            authorised: true,
            csr_ok: true,
            merchant_matches: true,
            key_matches: true,
            others_living,
        }
    }
}

/// Why a step is refused. The text says what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Somebody else than the super administrator asks.
    #[error(
        "only the super administrator of the merchant id can do this: let them sign in to the Merchant Platform"
    )]
    SuperAdministratorOnly,
    /// Row 7: the operating certificate is missing.
    #[error(
        "the operating certificate is not installed: install the operating certificate first, then go back to API \
         Security and renew"
    )]
    OperatingCertificateMissing,
    /// SMS code or login password is wrong.
    #[error("the SMS code or the login password is wrong: request a new code and enter both again")]
    NotAuthorised,
    /// The request string cannot be used.
    #[error(
        "the request string cannot be used: copy the whole string from the certificate tool and paste it again"
    )]
    RequestStringRefused,
    /// Merchant id or name differ.
    #[error(
        "merchant id or merchant name differ from the platform's record: copy both from the API Security page and make a \
         new request"
    )]
    MerchantDiffers,
    /// The certificate belongs to another key.
    #[error(
        "the certificate does not match the local key pair: copy the whole certificate string of this request and paste \
         it again"
    )]
    KeyDiffers,
    /// Renewal before its time.
    #[error(
        "it is too early to renew: renewal opens at {} China time, {days} days before the expiry",
        china::text(*.from)
    )]
    TooEarly {
        /// When renewal opens.
        from: Timestamp,
        /// How many whole days before the expiry that is.
        days: i64,
    },
    /// Rows 6 and 10: there is no further period within the limit.
    #[error("a certificate can be used for {limit_years} years in all, and a renewal would exceed that: only {} is left", .instead.label(Profile::Classic))]
    UsedUp {
        /// The limit in years.
        limit_years: u8,
        /// What is possible instead.
        instead: Action,
    },
    /// Row 13: expired for longer than the month.
    #[error("the certificate expired too long ago to be renewed or upgraded: only Change is left")]
    OnlyChange,
    /// Renewal of a certificate that expired within the month.
    #[error("the certificate has expired: use {button} for expired certificates instead")]
    AlreadyExpired {
        /// What the button of the platform is called.
        button: &'static str,
    },
    /// Upgrade for expired ones, asked for one that is valid.
    #[error("the certificate has not expired: renew it in the last {days} days before its expiry")]
    NotExpired {
        /// The notice period in whole days.
        days: i64,
    },
    /// Change and Upgrade of the kind each belong to one kind.
    #[error("this certificate is {issued_by}: use {} instead", .instead.label(Profile::Classic))]
    OtherKind {
        /// Who issued it.
        issued_by: IssuedBy,
        /// The action for its kind.
        instead: Action,
    },
    /// The policy does not know this step.
    #[error("the rules of the profile `{profile}` have no {action}: {remedy}", remedy = without(*.action))]
    NotOffered {
        /// What was asked.
        action: Action,
        /// The profile in force.
        profile: Profile,
    },
    /// There are as many certificates as may be.
    #[error(
        "{limit} certificates may be valid at once, and there are {living}: void or change one of them first"
    )]
    TooManyLiving {
        /// How many may be.
        limit: usize,
        /// How many there are.
        living: usize,
    },
    /// There is no certificate to do this with.
    #[error("there is no certificate yet: submit a request string first")]
    NoCertificate,
    /// A first request where there is a certificate.
    #[error("there is a certificate already, and it is {state}: {remedy}", remedy = beside(*.state))]
    HasCertificate {
        /// Where it stands.
        state: State,
    },
    /// The certificate to be restored has expired meanwhile.
    #[error("the voided certificate has expired meanwhile and cannot be restored: apply for a new one")]
    ExpiredWhileVoided,
    /// The certificate is at its end.
    #[error("this certificate is at its end: apply for a new one")]
    AtItsEnd,
    /// Nothing of the kind is possible in this state.
    #[error("{action} is not possible while the certificate is {state}: {remedy}", remedy = out_of(*.state))]
    NotInThisState {
        /// What was asked.
        action: Action,
        /// Where the certificate stands.
        state: State,
    },
}

fn without(action: Action) -> &'static str {
    match action {
        Action::Void => "change the certificate instead, and the old one ends by itself",
        Action::Restore => "apply for a new certificate",
        _ => "change the certificate instead",
    }
}

fn beside(state: State) -> &'static str {
    match state {
        State::Requested => "paste its certificate string into the tool",
        State::SupersededByChange | State::SupersededByUpgrade => "use the one that replaced it",
        _ => "renew, upgrade, change or supplement that one",
    }
}

fn out_of(state: State) -> &'static str {
    match state {
        State::Nothing => "submit a request string first",
        State::Requested => "paste the certificate string into the tool, or report that the key was lost",
        State::Active => "it needs nothing before it comes near its expiry",
        State::Expiring => "renew, upgrade or change it",
        State::ExpiredGrace => "upgrade or change it",
        State::ExpiredFinal => "change it",
        State::SupersededByChange | State::SupersededByUpgrade => "deploy the certificate that replaced it",
        State::Voided => "restore it, or apply for a new one",
        State::Dead => "apply for a new one",
    }
}

/// What an allowed step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// A CA-issued certificate with a new key is issued.
    Issued {
        /// From when to when it is valid.
        validity: Validity,
        /// What becomes of the one that was acted upon, if there was one.
        old: Old,
    },
    /// The same key is certified again, under a new serial number; the further period counts from the old `not_after`.
    /// The new certificate must be deployed; the old one, being of the same key, stays valid to its own end.
    Recertified {
        /// From when to when the new certificate is valid.
        validity: Validity,
    },
    /// The certificate is with its key: the files are written, and must be deployed.
    Installed,
    /// The certificate stays valid at the platform and is of no use.
    KeyLost,
    /// Calls with it fail at once.
    Voided,
    /// It stands again where the clock puts it.
    Restored,
}

/// What becomes of a certificate when another is issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Old {
    /// It lives on as it did.
    Unaffected,
    /// It works for what the policy still gives it.
    Superseded(Superseded),
    /// It had expired, and is at its end now.
    Ended,
}

/// The records after a step: of the certificate that was acted upon, and of the one that was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The record as it is now; `None` if there was none.
    pub record: Option<Record>,
    /// The record of a certificate with a new key.
    pub issued: Option<Record>,
}

impl Effect {
    /// What the records are after this effect at `now`. `serial` is the number of the certificate that the step issues, if
    /// it issues one.
    pub fn apply(&self, record: Option<&Record>, serial: &str, now: Timestamp) -> Outcome {
        let mut record = record.cloned();
        let mut issued = None;
        match self {
            Effect::Issued { validity, old } => {
                let new = Record::from_certificate(serial, IssuedBy::Ca, *validity, None);
                issued = Some(Record { key: KeyPlace::Pending, ..new });
                if let Some(record) = &mut record {
                    match old {
                        Old::Unaffected => {}
                        Old::Superseded(superseded) => record.superseded = Some(*superseded),
                        Old::Ended => record.ended_at = Some(now),
                    }
                }
            }
            Effect::Recertified { validity } => {
                if let Some(record) = &mut record {
                    record.serial = serial.to_owned();
                    record.validity = *validity;
                }
            }
            Effect::Installed => set_key(&mut record, KeyPlace::Bound),
            Effect::KeyLost => set_key(&mut record, KeyPlace::Lost),
            Effect::Voided => {
                if let Some(record) = &mut record {
                    record.voided_at = Some(now);
                }
            }
            Effect::Restored => {
                if let Some(record) = &mut record {
                    record.voided_at = None;
                }
            }
        }
        Outcome { record, issued }
    }
}

fn set_key(record: &mut Option<Record>, place: KeyPlace) {
    if let Some(record) = record {
        record.key = place;
    }
}

/// Why the platform refuses a call that is signed or made with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallRefused {
    /// There is no certificate.
    #[error("the merchant has no certificate: apply for one")]
    None,
    /// It expired.
    #[error("the certificate has expired: renew, upgrade or change it, and deploy the new one")]
    Expired,
    /// It was voided.
    #[error("the certificate was voided: restore it, or apply for a new one and deploy that")]
    Voided,
    /// It was replaced, and what it was still given is over.
    #[error("the certificate was replaced: deploy the new one")]
    Replaced,
}

/// A policy that offers an action, or all do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// Every policy.
    Always,
    /// Those with voiding.
    Voiding,
    /// Those with several certificates at once.
    Several,
}

impl Offer {
    /// Whether `policy` offers it.
    pub fn holds(self, policy: &Policy) -> bool {
        match self {
            Offer::Always => true,
            Offer::Voiding => policy.restore_within.is_some(),
            Offer::Several => policy.concurrent > 1,
        }
    }
}
