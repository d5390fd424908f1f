//! Chain files: certificates and nothing else, in PKCS#7, as `CertTrustChain.p7b` and `CertTrustChainWX.p7b` are.

use yasna::Tag;
use yasna::models::ObjectIdentifier;

/// The file that holds these certificates, each in DER: version 1, no digests, no content, no signers.
///
/// Source: [api-certificate], chain files.
pub fn certificates_only(certificates: &[&[u8]]) -> Vec<u8> {
    const SIGNED_DATA: &[u64] = &[1, 2, 840, 113549, 1, 7, 2];
    const DATA: &[u64] = &[1, 2, 840, 113549, 1, 7, 1];
    yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            writer.next().write_oid(&ObjectIdentifier::from_slice(SIGNED_DATA));
            writer.next().write_tagged(Tag::context(0), |writer| {
                writer.write_sequence(|writer| {
                    writer.next().write_u8(1);
                    writer.next().write_set(|_| ());
                    writer.next().write_sequence(|writer| {
                        writer.next().write_oid(&ObjectIdentifier::from_slice(DATA));
                    });
                    writer.next().write_tagged_implicit(Tag::context(0), |writer| {
                        // A set, but in the given order, as in the real file: whoever reads it goes by names.
                        writer.write_sequence(|writer| {
                            for certificate in certificates {
                                writer.next().write_der(certificate);
                            }
                        });
                    });
                    writer.next().write_set(|_| ());
                });
            });
        });
    })
}
