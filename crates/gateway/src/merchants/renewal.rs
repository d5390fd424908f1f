//! A new certificate for a merchant id that is set up: proven first, then stored, then in force. Requests under way end
//! with the one they began with, which also stays as what to fall back to while it is valid.
//!
//! Source: [api-certificate]: the new files take the place of the old without any other change.

use refunds::outcome::Fault;
use refunds::owner::ProbeOutcome;
use secrecy::{ExposeSecret, SecretString};
use store::merchant::Merchant;
use wechatpay::ids::Mchid;
use wechatpay::wire::Wire;

use super::account::Account;
use super::api_certificate::ApiCertificate;
use super::credentials::{CredentialTexts, Credentials};
use super::setting_up::{Before, SetUpError, open_line};
use super::stored;
use crate::admin::trail::{self, Act};
use crate::gateway::Gateway;
use crate::secrets::sealer::Sealer;

/// What became of a new certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewed {
    /// It is in force.
    Taken,
    /// It was in force already.
    Same,
}

/// The certificate and its private key, as texts.
#[derive(Debug, Clone)]
pub struct NewCertificate {
    /// As `apiclient_cert.pem` has it.
    pub certificate_pem: String,
    /// As `apiclient_key.pem` has it.
    pub private_key_pem: SecretString,
}

/// Takes `new` for `mchid` if WeChat Pay takes a harmless call that is signed with it, and writes who did it into the audit
/// trail. Otherwise nothing changes.
pub async fn renew(
    gateway: &Gateway,
    sealer: &Sealer,
    mchid: &Mchid,
    new: NewCertificate,
    actor: &str,
) -> Result<Renewed, SetUpError> {
    let _changing = gateway.merchants.changing().await;
    let not_there = || SetUpError::NotThere { mchid: mchid.clone() };
    let account = gateway.merchants.get(mchid).ok_or_else(not_there)?;
    let merchant = account.merchant.clone();
    let NewCertificate { certificate_pem, private_key_pem } = new;
    let stored = stored::bring(&*gateway.store, sealer, mchid).await?;
    let before = Before {
        certificate: in_force(gateway, sealer, mchid).await?,
        api_v2_key: stored::api_v2_key_before(&*gateway.store, sealer, mchid, &stored).await?,
    };
    let texts = CredentialTexts { certificate_pem, private_key_pem, ..stored };
    let (world, now) = (gateway.settings.world, gateway.clock.now());
    let credentials = Credentials::parse_for(&texts, mchid, merchant.wire, world, now)?;

    let serial_no = credentials.api_certificate.serial_no.clone();
    let not_after = credentials.api_certificate.not_after;
    let in_force = account.line.as_ref().map(|line| line.certificate().0.clone());
    if in_force.as_ref() == Some(&serial_no) {
        return Ok(Renewed::Same);
    }
    prove(gateway, &merchant, &credentials).await?;
    let line = open_line(gateway, &merchant, credentials, before)?;

    stored::keep(&*gateway.store, sealer, mchid, &texts).await?;
    let was = in_force.map_or_else(|| "none".to_owned(), |serial_no| serial_no.to_string());
    let detail = format!("certificate {serial_no} until {not_after}, in the place of {was}");
    trail::record(gateway, mchid, Act { actor, action: "certificate.renew", detail: &detail }).await?;
    tracing::info!(%mchid, %serial_no, %not_after, was, "a new certificate is in force");
    gateway.merchants.put(Account { merchant, line: Some(line) });
    Ok(Renewed::Taken)
}

/// The certificate that is in force by the store, if it can be used: what a newer one falls back to.
pub(super) async fn in_force(
    gateway: &Gateway,
    sealer: &Sealer,
    mchid: &Mchid,
) -> Result<Option<ApiCertificate>, SetUpError> {
    let texts = stored::bring(&*gateway.store, sealer, mchid).await?;
    Ok(ApiCertificate::parse(&texts.certificate_pem, texts.private_key_pem.expose_secret(), mchid).ok())
}

/// Makes a harmless call, over the version of the interface it is set up for, with the certificate of `credentials` and no
/// other: there is none to fall back to. What WeChat Pay refuses for any other reason than its signature or certificate
/// shows that it knows both.
pub(super) async fn prove(
    gateway: &Gateway,
    merchant: &Merchant,
    credentials: &Credentials,
) -> Result<(), SetUpError> {
    let line = open_line(gateway, merchant, credentials.clone(), Before::default())?;
    let serial_no = line.certificate().0.clone();
    match (line.probe().await, merchant.wire) {
        (ProbeOutcome::Fine | ProbeOutcome::Misconfigured(Fault::Permission | Fault::Merchant), _) => Ok(()),
        // There the signature is by another key, and looked at after the certificate. [staff-answers]
        (ProbeOutcome::Misconfigured(Fault::Signature), Wire::V2) => Ok(()),
        (ProbeOutcome::Misconfigured(Fault::Signature | Fault::Certificate), _) => {
            Err(SetUpError::CertificateRefused { serial_no })
        }
        (ProbeOutcome::Unclear, _) => Err(SetUpError::CertificateNotProven { serial_no }),
    }
}
