//! A step with a certificate, carried out: the rules decide, the issuers sign, the register remembers.

use certs::lifecycle::{Action, Effect, Guards, IssuedBy, Outcome, Refusal, decide};
use jiff::Timestamp;
use rcgen::SubjectPublicKeyInfo;
use wechatpay::keys::KeyName;

use super::register::{Kept, Life, Register};
use crate::authority::{Holder, IssueError, Issued, Validity};
use crate::credentials::Issuers;

/// A step that somebody wants to take.
pub(crate) struct Step<'a> {
    pub(crate) action: Action,
    /// The certificate that is acted upon; the merchant's latest one if none is named.
    pub(crate) serial: Option<&'a KeyName>,
    /// What was found about who asks. How many certificates are living is counted here.
    pub(crate) guards: Guards,
    /// The key to be certified, as DER, where a new certificate is wanted.
    pub(crate) key: Option<NewKey<'a>>,
}

/// A key that has no certificate yet, and who shall certify it.
#[derive(Clone, Copy)]
pub(crate) struct NewKey<'a> {
    pub(crate) spki: &'a [u8],
    pub(crate) issued_by: IssuedBy,
}

/// Why a step is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StepRefused {
    /// The rules forbid it.
    #[error(transparent)]
    Rules(#[from] Refusal),
    /// No certificate of the merchant has this serial number.
    #[error("this merchant has no certificate with the serial number {serial}")]
    NoSuchCertificate {
        /// The number given.
        serial: KeyName,
    },
    /// The request string was submitted before.
    #[error(
        "a certificate was already issued for this request string, with the serial number {serial}: copy its string, or make \
         a new request string"
    )]
    RequestUsed {
        /// The certificate that was issued for it.
        serial: KeyName,
    },
    /// A new certificate is wanted, and there is no key for it.
    #[error("a request string is needed for this: make one with the certificate tool")]
    NoRequestString,
    /// The key that the platform made could not be kept.
    #[error("the key could not be kept: {0}")]
    KeyNotKept(String),
    /// The certificate could not be made.
    #[error(transparent)]
    NotIssued(#[from] IssueError),
}

/// What came of a step.
#[derive(Debug, Clone)]
pub(crate) enum Done {
    /// This certificate was issued.
    Issued(Kept),
    /// No certificate was issued, and that of the step stands elsewhere now.
    Changed,
}

/// Takes `step` at `now`, or says why not; then nothing has changed.
pub(crate) fn take(
    register: &mut Register,
    issuers: &Issuers,
    holder: Holder<'_>,
    step: &Step<'_>,
    now: Timestamp,
) -> Result<Done, StepRefused> {
    let acted_upon = acted_upon(register, holder, step.serial, now)?;
    let effect = effect(register, holder, step, acted_upon, now)?;
    let life = acted_upon.and_then(|at| register.of(holder.mchid).get(at));
    let record = life.map(|life| &life.record);
    match &effect {
        Effect::Issued { validity, .. } => {
            let key = step.key.ok_or(StepRefused::NoRequestString)?;
            if let Some(used) = register.issued_for(holder.mchid, key.spki) {
                return Err(StepRefused::RequestUsed { serial: used.certificate.serial.clone() });
            }
            let kept = issue(issuers, holder, key, *validity)?;
            let Outcome { record, issued } = effect.apply(record, kept.certificate.serial.as_str(), now);
            let lives = register.of_mut(holder.mchid);
            if let (Some(life), Some(record)) = (acted_upon.and_then(|at| lives.get_mut(at)), record) {
                life.record = record;
            }
            if let Some(mut issued) = issued {
                // The platform regards the application as done with the certificate string; the tool's part it never sees.
                issued.key = certs::lifecycle::KeyPlace::Bound;
                issued.issued_by = key.issued_by;
                lives.push(Life::new(issued, kept.clone()));
            }
            Ok(Done::Issued(kept))
        }
        Effect::Recertified { validity } => {
            let life = life.ok_or(Refusal::NoCertificate)?;
            let own = NewKey { spki: &life.newest().spki, issued_by: life.record.issued_by };
            let is_new = register.takes_a_key(step.action) && own.issued_by == IssuedBy::Ca;
            let key = match (is_new, step.key) {
                (false, _) => own,
                (true, None) => return Err(StepRefused::NoRequestString),
                (true, Some(key)) => match register.issued_for(holder.mchid, key.spki) {
                    Some(used) => {
                        return Err(StepRefused::RequestUsed { serial: used.certificate.serial.clone() });
                    }
                    None => key,
                },
            };
            let kept = issue(issuers, holder, key, *validity)?;
            let Outcome { record, .. } = effect.apply(record, kept.certificate.serial.as_str(), now);
            let life = acted_upon.and_then(|at| register.of_mut(holder.mchid).get_mut(at));
            if let (Some(life), Some(record)) = (life, record) {
                life.renewed(record, kept.clone());
            }
            Ok(Done::Issued(kept))
        }
        Effect::Installed | Effect::KeyLost | Effect::Voided | Effect::Restored => {
            let Outcome { record, .. } = effect.apply(record, "", now);
            let life = acted_upon.and_then(|at| register.of_mut(holder.mchid).get_mut(at));
            if let (Some(life), Some(record)) = (life, record) {
                life.record = record;
            }
            Ok(Done::Changed)
        }
    }
}

/// Whether `step` would be taken, so that nobody types a password in vain.
pub(crate) fn would_take(
    register: &Register,
    holder: Holder<'_>,
    step: &Step<'_>,
    now: Timestamp,
) -> Result<(), StepRefused> {
    let acted_upon = acted_upon(register, holder, step.serial, now)?;
    effect(register, holder, step, acted_upon, now).map(drop)
}

fn effect(
    register: &Register,
    holder: Holder<'_>,
    step: &Step<'_>,
    acted_upon: Option<usize>,
    now: Timestamp,
) -> Result<Effect, StepRefused> {
    let life = acted_upon.and_then(|at| register.of(holder.mchid).get(at));
    let record = life.map(|life| &life.record);
    let others_living = register.others_living(holder.mchid, record, now);
    Ok(decide(step.action, record, &register.policy, &Guards { others_living, ..step.guards }, now)?)
}

/// The place of the life that is acted upon; `None` if the merchant has none.
fn acted_upon(
    register: &Register,
    holder: Holder<'_>,
    serial: Option<&KeyName>,
    now: Timestamp,
) -> Result<Option<usize>, StepRefused> {
    let lives = register.of(holder.mchid);
    let Some(serial) = serial else {
        let is_living = |life: &Life| life.state(&register.policy, now).is_living();
        return Ok(lives.iter().rposition(is_living).or(lives.len().checked_sub(1)));
    };
    let has_it = |life: &Life| life.certificates().any(|kept| kept.certificate.serial == *serial);
    match lives.iter().position(has_it) {
        Some(at) => Ok(Some(at)),
        None => Err(StepRefused::NoSuchCertificate { serial: serial.clone() }),
    }
}

fn issue(
    issuers: &Issuers,
    holder: Holder<'_>,
    key: NewKey<'_>,
    validity: certs::lifecycle::Validity,
) -> Result<Kept, IssueError> {
    let validity = Validity { not_before: validity.not_before, not_after: validity.not_after };
    let public_key = SubjectPublicKeyInfo::from_der(key.spki)?;
    let Issued { pem, .. } = match key.issued_by {
        IssuedBy::Ca => issuers.ca.issue_to_merchant(holder, &public_key, validity)?,
        IssuedBy::Wxpay => issuers.wechat_pay.issue_to_merchant(holder, &public_key, validity)?,
    };
    Ok(Kept::try_from(pem)?)
}
