//! What a client certificate is worth, before it is known who calls and after.
//!
//! That the client has its key, the handshake has proved; nothing else was looked at there.

use jiff::Timestamp;
use wechatpay::ids::Mchid;
use wechatpay::keys::KeyName;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::keyring::Keyring;
use crate::merchant_platform::standing::Standing;

/// What a client presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Presented {
    /// No certificate.
    Nothing,
    /// One that this platform never issued to anybody.
    Untrusted,
    /// Another merchant's than the one that calls.
    OfAnother {
        /// Whose it is.
        owner: Mchid,
    },
    /// The caller's, but expired, voided or replaced.
    NotInForce,
    /// The caller's, in force.
    InForce,
}

impl Presented {
    /// Judges the certificate in `der` at `now` of the platform's clock; `caller` is who calls, if that can be read.
    pub(crate) fn judge(
        keyring: &Keyring,
        der: Option<&[u8]>,
        caller: Option<&Mchid>,
        now: Timestamp,
    ) -> Presented {
        let Some(der) = der else { return Presented::Nothing };
        let Some(caller) = caller else {
            // Whose it is does not matter where nobody is named; whether it is anybody's does.
            let is_anybodys =
                keyring.register().all().any(|(_, life)| life.certificates().any(|kept| kept.der == der));
            return if is_anybodys { Presented::InForce } else { Presented::Untrusted };
        };
        match keyring.standing_of_file(caller, der, now) {
            Standing::InForce { .. } => Presented::InForce,
            Standing::Expired | Standing::Voided | Standing::Superseded => Presented::NotInForce,
            Standing::OtherMerchant { owner } => Presented::OfAnother { owner },
            Standing::Unknown | Standing::NeverApplied => Presented::Untrusted,
        }
    }
}

/// The serial number of the certificate in `der`, whatever it is worth.
pub(crate) fn serial(der: Option<&[u8]>) -> Option<String> {
    let (_, certificate) = X509Certificate::from_der(der?).ok()?;
    let digits: String = certificate.raw_serial().iter().map(|byte| format!("{byte:02X}")).collect();
    KeyName::parse(&digits).ok().map(|serial| serial.to_string())
}
