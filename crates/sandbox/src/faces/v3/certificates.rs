//! The platform's certificates, sealed for the one who asks. Source: [global-certificates].

use wechatpay::v3::certificates::{SealedCertificate, render};

use super::answer::Answer;
use super::desk::Desk;
use super::draws::seal_nonce;
use super::errors::Refusal;

impl Desk<'_> {
    pub(crate) fn certificates(&mut self) -> Result<Answer, Refusal> {
        if !self.settings.lists_certificates {
            return Err(Refusal::NoCertificateList);
        }
        let key = &self.keyring.merchant(&self.signer).ok_or(Refusal::Internal)?.api_v3_key;
        let sealed = self.keyring.platform_certificates().map(|certificate| {
            let nonce =
                seal_nonce(&self.chance, "certificate", &format!("{}/{}", self.name, certificate.name));
            let (from, to) = (certificate.effective_at, certificate.expires_at);
            SealedCertificate::seal(&certificate.pem, from, to, key, &nonce)
        });
        let sealed: Vec<SealedCertificate> =
            sealed.collect::<Result<_, _>>().map_err(|_| Refusal::Internal)?;
        Ok(Answer::ok(render(&sealed)))
    }
}
