//! Whether a request is let in: client certificate, form, caller, signature, in this order.
//!
//! Pure, and done on a view of the keyring outside of any lock. Source: [v2-rules], [staff-answers], \[inferred\].

use jiff::Timestamp;
use wechatpay::ids::Mchid;
use wechatpay::v2::message::{Message, MessageError};
use wechatpay::v2::sign::{SignType, SignViolation, text_to_sign, verify};

use crate::keyring::Keyring;
use crate::scene::Arrived;

use super::certificate::{self, Presented};
use super::route::Family;

/// The verdict about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// Who says to call, if that can be read. True only if `verdict` lets the request in.
    pub caller: Option<Mchid>,
    /// Whether it is let in.
    pub verdict: Result<(), GateRefusal>,
    /// The text that should have been signed, with stars for the key, if the signature is of another one.
    pub expected_text: Option<String>,
    /// The serial number of the client's certificate, whatever it is worth.
    pub client_serial: Option<String>,
    /// What was sent, if it could be read.
    pub(crate) message: Option<Message>,
    /// How it is signed, and its answer will be.
    pub(crate) sign_type: SignType,
}

/// Why a request is not let in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GateRefusal {
    /// The path asks for a client certificate.
    #[error("no client certificate was sent")]
    NoCertificate,
    /// The certificate is none of this platform's.
    #[error("the client certificate was not issued here")]
    UntrustedCertificate,
    /// Another method than POST.
    #[error("the method is not POST")]
    NotPost,
    /// The body is no message.
    #[error("the body cannot be read: {0}")]
    Malformed(#[source] MessageError),
    /// No merchant id in it, or none that can be one.
    #[error("the merchant id cannot be read")]
    NoCaller,
    /// A good certificate, but another merchant's.
    #[error("the client certificate is that of {owner}")]
    CertificateOfAnother {
        /// Whose it is.
        owner: Mchid,
    },
    /// Expired, not valid yet, replaced or voided.
    #[error("the client certificate is not in force")]
    CertificateNotInForce,
    /// No merchant of this world.
    #[error("there is no such merchant")]
    UnknownMerchant,
    /// The signature does not hold.
    #[error(transparent)]
    Signature(#[from] SignViolation),
}

/// Judges `arrived` at `now` of the platform's clock; `None` if it came to no path of V2.
pub fn check(keyring: &Keyring, arrived: &Arrived, now: Timestamp) -> Option<Gate> {
    Family::of(&arrived.target).map(|family| judge(keyring, family, arrived, now))
}

fn judge(keyring: &Keyring, family: Family, arrived: &Arrived, now: Timestamp) -> Gate {
    let message = Message::parse(&arrived.body);
    let caller = message.as_ref().ok().and_then(caller_of);
    let presented = Presented::judge(keyring, arrived.client_certificate.as_deref(), caller.as_ref(), now);
    let sign_type = message.as_ref().ok().and_then(|message| SignType::of(message).ok()).unwrap_or_default();
    let verdict = certificate_there(family, &presented)
        .and_then(|()| if arrived.method == "POST" { Ok(()) } else { Err(GateRefusal::NotPost) })
        .and_then(|()| message.as_ref().map_err(|error| GateRefusal::Malformed(error.clone())))
        .and_then(|message| Ok((message, caller.as_ref().ok_or(GateRefusal::NoCaller)?)))
        .and_then(|(message, caller)| {
            certificate_fits(family, &presented)?;
            let keys = keyring.merchant(caller).ok_or(GateRefusal::UnknownMerchant)?;
            Ok(verify(message, sign_type, &keys.api_v2_key)?)
        });
    let expected_text = match (&verdict, &message) {
        (Err(GateRefusal::Signature(_)), Ok(message)) => Some(format!("{}&key=***", text_to_sign(message))),
        _ => None,
    };
    let client_serial = certificate::serial(arrived.client_certificate.as_deref());
    Gate { caller, verdict, expected_text, client_serial, message: message.ok(), sign_type }
}

/// The merchant id, which transfers spell without the underscore. Source: [v2-company-payment].
fn caller_of(message: &Message) -> Option<Mchid> {
    let named = |name| message.optional_text(name).ok().flatten();
    named("mch_id").or_else(|| named("mchid")).and_then(|text| Mchid::parse(text).ok())
}

/// Whether there is a certificate that the platform knows, which its front servers look at before anything else.
fn certificate_there(family: Family, presented: &Presented) -> Result<(), GateRefusal> {
    match (family, presented) {
        (Family::Open, _) | (_, Presented::InForce | Presented::NotInForce | Presented::OfAnother { .. }) => {
            Ok(())
        }
        (_, Presented::Nothing) => Err(GateRefusal::NoCertificate),
        (_, Presented::Untrusted) => Err(GateRefusal::UntrustedCertificate),
    }
}

/// Whether it is the caller's, and in force.
fn certificate_fits(family: Family, presented: &Presented) -> Result<(), GateRefusal> {
    match (family, presented) {
        (Family::Open, _) => Ok(()),
        (_, Presented::OfAnother { owner }) => {
            Err(GateRefusal::CertificateOfAnother { owner: owner.clone() })
        }
        (_, Presented::NotInForce) => Err(GateRefusal::CertificateNotInForce),
        (_, Presented::InForce | Presented::Nothing | Presented::Untrusted) => Ok(()),
    }
}
