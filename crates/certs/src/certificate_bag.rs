//! Certificates alone in one file: PKCS#7 without content and without signers, as the published chain files are.
//!
//! Source: [api-certificate], RFC 2315.

use crate::asn1;
use crate::certificate::Certificate;

/// `signedData` and `data`, each with tag and length.
const SIGNED_DATA: &[u8] = &[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];
const DATA: &[u8] = &[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01];
/// Version 1.
const VERSION: &[u8] = &[0x02, 0x01, 0x01];

/// The file that holds these certificates in this order, in DER: byte for byte what others write of them.
pub fn write(certificates: &[Certificate]) -> Vec<u8> {
    let ders: Vec<&[u8]> = certificates.iter().map(Certificate::der).collect();
    let none = asn1::value(asn1::SET, &[]);
    let content = asn1::value(asn1::SEQUENCE, &[DATA]);
    let bag = asn1::value(asn1::CONTEXT_0, &ders);
    let signed = asn1::value(asn1::SEQUENCE, &[VERSION, &none, &content, &bag, &none]);
    let signed = asn1::value(asn1::CONTEXT_0, &[&signed]);
    asn1::value(asn1::SEQUENCE, &[SIGNED_DATA, &signed])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::material;

    #[test]
    fn the_certificates_of_a_file_written_by_openssl_make_the_same_file_again() {
        let file = include_bytes!("../testdata/chain.p7b");
        let contents = material::read(file, &[]).unwrap();
        let certificates: Vec<Certificate> = contents.certificates().cloned().collect();
        assert_eq!(write(&certificates), file);
    }
}
