//! Making the request string.

use rcgen::{CertificateParams, DistinguishedName, DnType, DnValue, KeyPair, PKCS_RSA_SHA256};

use super::merchant::{MerchantId, MerchantName};
use crate::pem;
use crate::private_key::PrivateKey;

/// The organisation in every CA-issued certificate of a merchant. Source: [api-certificate].
const ORGANISATION: &str = "微信商户系统";
/// The locality there, with this capital letter.
const LOCALITY: &str = "ShenZhen";

/// The key cannot sign a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this key cannot sign a request: make a new RSA key of 2048 bits")]
pub struct KeyRefused;

/// The request string for `key`: a PKCS#10 request in PEM, LF at the line ends, the same for the same arguments.
///
/// The subject is the one that issued certificates have, in their order: merchant id, organisation, merchant name, country,
/// locality, all UTF8String; there are no extensions. What the official tool writes is not known; the platform sets the
/// subject from its own record in any case. Source: [certificate-request], [api-certificate], \[inferred].
pub fn make(key: &PrivateKey, merchant_id: &MerchantId, name: &MerchantName) -> Result<String, KeyRefused> {
    let mut subject = DistinguishedName::new();
    for (field, value) in [
        (DnType::CommonName, merchant_id.as_str()),
        (DnType::OrganizationName, ORGANISATION),
        (DnType::OrganizationalUnitName, name.as_str()),
        (DnType::CountryName, "CN"),
        (DnType::LocalityName, LOCALITY),
    ] {
        subject.push(field, DnValue::Utf8String(value.to_owned()));
    }
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = subject;
    let pair = KeyPair::from_pkcs8_der_and_sign_algo(&key.pkcs8().into(), &PKCS_RSA_SHA256)
        .map_err(|_| KeyRefused)?;
    let request = parameters.serialize_request(&pair).map_err(|_| KeyRefused)?;
    Ok(pem::encode("CERTIFICATE REQUEST", request.der()).as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::*;

    const KEY: &[u8] = include_bytes!("../../testdata/requests/test_key.der");

    fn request() -> String {
        let key = PrivateKey::from_pkcs8(KEY).unwrap();
        let merchant_id = MerchantId::parse("1900009191").unwrap();
        make(&key, &merchant_id, &MerchantName::parse("深圳\u{3000}好店").unwrap()).unwrap()
    }

    /// What `openssl` prints, first on one channel, then on the other, with `input` on its standard input.
    fn openssl(words: &[&str], input: &str) -> String {
        let mut run = Command::new("openssl")
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("openssl is one of the programs that the tests need");
        run.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = run.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    }

    #[test]
    fn openssl_verifies_a_request_and_sees_the_subject_of_issued_certificates() {
        let words = ["req", "-verify", "-noout", "-text", "-nameopt", "utf8,sep_comma_plus_space,show_type"];
        let text = openssl(&words, &request());
        assert!(text.contains("verify OK"), "{text}");
        let subject = "CN=UTF8STRING:1900009191, O=UTF8STRING:微信商户系统, OU=UTF8STRING:深圳 好店, C=UTF8STRING:CN, \
                       L=UTF8STRING:ShenZhen";
        assert!(text.contains(subject), "{text}");
        assert!(text.contains("Public-Key: (2048 bit)") && text.contains("Exponent: 65537"), "{text}");
        assert!(text.contains("Signature Algorithm: sha256WithRSAEncryption"), "{text}");
        let attributes = text.split("Attributes:").nth(1).unwrap_or_default();
        assert!(attributes.trim_start().starts_with("(none)"), "{text}");
    }

    #[test]
    fn the_same_request_has_the_same_bytes() {
        let text = request();
        assert_eq!(text, request());
        assert!(text.starts_with("-----BEGIN CERTIFICATE REQUEST-----\n"), "{text}");
        assert!(!text.contains('\r') && text.lines().all(|line| line.len() <= 64), "{text}");
    }
}
