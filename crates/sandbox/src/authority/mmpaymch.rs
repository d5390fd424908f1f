//! MmpaymchCA, the issuer of the older kind: WeChat Pay makes the key as well, and the merchant downloads both.
//!
//! Written out field by field, because the library that writes the other kind refuses a T61String with UTF-8 in it, which
//! is what real ones have. Two things differ from real ones, as no library of ours can do them: the signature is made
//! with SHA-256, not SHA-1, and the issuer's key has 2048 bits, not 1024.
//!
//! Source: [api-certificate].

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use certs::pem::encode;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rcgen::{KeyPair, PublicKeyData, SigningKey};
use wechatpay::ids::Mchid;
use yasna::models::ObjectIdentifier;
use yasna::tags::{TAG_GENERALIZEDTIME, TAG_IA5STRING, TAG_PRINTABLESTRING, TAG_TELETEXSTRING, TAG_UTCTIME};
use yasna::{DERWriter, DERWriterSeq, Tag, construct_der};

use super::drawn::{pem_of, root_serial, short_serial};
use super::issued::{Holder, IssueError, Issued, Validity, der_of, sandbox_mark_value};

/// From 2000 to the end of 2099, so that the issuer serves whatever a virtual clock shows.
const A_CENTURY: Validity = Validity {
    not_before: Timestamp::constant(946_684_800, 0),
    not_after: Timestamp::constant(4_102_444_799, 0),
};

/// The authority: its key and its certificate.
pub struct WechatPayAuthority {
    key: KeyPair,
    certificate_der: Vec<u8>,
    /// Of its own certificate.
    serial: Vec<u8>,
}

impl WechatPayAuthority {
    /// A new authority with this key.
    pub fn found(key: KeyPair) -> Result<WechatPayAuthority, IssueError> {
        let serial = root_serial()?.to_vec();
        let identifier = key_identifier(&key);
        let extensions = |writer: &mut DERWriterSeq<'_>| {
            extension(writer, oid::BASIC_CONSTRAINTS, true, &[0x30, 0x03, 0x01, 0x01, 0xFF]);
            // Signing certificates and revocation lists.
            extension(writer, oid::KEY_USAGE, true, &[0x03, 0x02, 0x01, 0x06]);
            extension(writer, oid::SUBJECT_KEY_IDENTIFIER, false, &octets(&identifier));
            extension(writer, oid::SANDBOX, false, &sandbox_mark_value());
        };
        let content =
            to_be_signed(&serial, A_CENTURY, &issuer_name(), &key.subject_public_key_info(), extensions);
        let certificate_der = signed(&content, &key)?;
        Ok(WechatPayAuthority { key, certificate_der, serial })
    }

    /// The authority with this key and this certificate, which belong together.
    pub fn reopened(key: KeyPair, certificate_pem: &str) -> Result<WechatPayAuthority, IssueError> {
        let certificate_der = der_of(certificate_pem)?;
        let serial = wechatpay::keys::Certificate::from_pem(certificate_pem)?.serial;
        let serial = bytes_of(serial.as_str());
        Ok(WechatPayAuthority { key, certificate_der, serial })
    }

    /// Its certificate in PEM.
    pub fn certificate_pem(&self) -> String {
        encode("CERTIFICATE", &self.certificate_der).to_string()
    }

    /// Its certificate in DER.
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate_der
    }

    /// Its key.
    pub fn key_pem(&self) -> String {
        pem_of(&self.key)
    }

    /// Issues a merchant API certificate of the kind issued by WeChat Pay, for a key that the platform made.
    pub fn issue_to_merchant(
        &self,
        holder: Holder<'_>,
        key: &impl PublicKeyData,
        validity: Validity,
    ) -> Result<Issued, IssueError> {
        let (identifier, issuers) = (key_identifier(key), key_identifier(&self.key));
        let extensions = |writer: &mut DERWriterSeq<'_>| {
            extension(writer, oid::BASIC_CONSTRAINTS, false, &[0x30, 0x00]);
            // The quotation marks are in the value.
            let comment = construct_der(|writer| writer.write_ia5_string(r#""CES-CA Generate Certificate""#));
            extension(writer, oid::NETSCAPE_COMMENT, false, &comment);
            extension(writer, oid::SUBJECT_KEY_IDENTIFIER, false, &octets(&identifier));
            extension(writer, oid::AUTHORITY_KEY_IDENTIFIER, false, &self.authority_identifier(&issuers));
            // Signatures and non-repudiation.
            extension(writer, oid::KEY_USAGE, true, &[0x03, 0x02, 0x06, 0xC0]);
            let client = construct_der(|writer| {
                writer.write_sequence(|writer| write_oid(writer.next(), oid::CLIENT_AUTH));
            });
            extension(writer, oid::EXTENDED_KEY_USAGE, true, &client);
            extension(writer, oid::SANDBOX, false, &sandbox_mark_value());
        };
        let serial = short_serial()?;
        let content = to_be_signed(
            &serial,
            validity,
            &subject_name(holder),
            &key.subject_public_key_info(),
            extensions,
        );
        let der = signed(&content, &self.key)?;
        Issued::new(encode("CERTIFICATE", &der).to_string(), der)
    }

    /// Key identifier, name and serial number of the issuer, all three, as real ones have them.
    fn authority_identifier(&self, key_identifier: &[u8]) -> Vec<u8> {
        construct_der(|writer| {
            writer.write_sequence(|writer| {
                implicit_octets(writer.next(), 0, key_identifier);
                writer.next().write_tagged_implicit(Tag::context(1), |writer| {
                    writer.write_sequence(|writer| {
                        // A directory name.
                        writer
                            .next()
                            .write_tagged(Tag::context(4), |writer| writer.write_der(&issuer_name()));
                    });
                });
                implicit_octets(writer.next(), 2, &self.serial);
            });
        })
    }
}

mod oid {
    pub(super) const COUNTRY: &[u64] = &[2, 5, 4, 6];
    pub(super) const STATE: &[u64] = &[2, 5, 4, 8];
    pub(super) const LOCALITY: &[u64] = &[2, 5, 4, 7];
    pub(super) const ORGANIZATION: &[u64] = &[2, 5, 4, 10];
    pub(super) const UNIT: &[u64] = &[2, 5, 4, 11];
    pub(super) const COMMON_NAME: &[u64] = &[2, 5, 4, 3];
    pub(super) const SURNAME: &[u64] = &[2, 5, 4, 4];
    pub(super) const EMAIL: &[u64] = &[1, 2, 840, 113549, 1, 9, 1];
    pub(super) const BASIC_CONSTRAINTS: &[u64] = &[2, 5, 29, 19];
    pub(super) const KEY_USAGE: &[u64] = &[2, 5, 29, 15];
    pub(super) const EXTENDED_KEY_USAGE: &[u64] = &[2, 5, 29, 37];
    pub(super) const SUBJECT_KEY_IDENTIFIER: &[u64] = &[2, 5, 29, 14];
    pub(super) const AUTHORITY_KEY_IDENTIFIER: &[u64] = &[2, 5, 29, 35];
    pub(super) const NETSCAPE_COMMENT: &[u64] = &[2, 16, 840, 1, 113730, 1, 13];
    pub(super) const CLIENT_AUTH: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 3, 2];
    pub(super) const SHA256_WITH_RSA: &[u64] = &[1, 2, 840, 113549, 1, 1, 11];
    pub(super) const SANDBOX: &[u64] = certs::sandbox::EXTENSION;
}

/// Where a real issuer has the unit WXG, this one says what it is.
fn issuer_name() -> Vec<u8> {
    name(&[
        (oid::COUNTRY, TAG_PRINTABLESTRING, "CN"),
        (oid::STATE, TAG_PRINTABLESTRING, "Guangdong"),
        (oid::LOCALITY, TAG_PRINTABLESTRING, "Shenzhen"),
        (oid::ORGANIZATION, TAG_PRINTABLESTRING, "Tencent"),
        (oid::UNIT, TAG_PRINTABLESTRING, certs::sandbox::UNIT),
        (oid::COMMON_NAME, TAG_PRINTABLESTRING, "MmpaymchCA"),
        (oid::EMAIL, TAG_IA5STRING, "mmpaymch@tencent"),
    ])
}

fn subject_name(holder: Holder<'_>) -> Vec<u8> {
    name(&[
        (oid::COUNTRY, TAG_PRINTABLESTRING, "CN"),
        (oid::STATE, TAG_PRINTABLESTRING, "Guangdong"),
        (oid::LOCALITY, TAG_PRINTABLESTRING, "Shenzhen"),
        (oid::ORGANIZATION, TAG_PRINTABLESTRING, "Tencent"),
        (oid::UNIT, TAG_PRINTABLESTRING, "MMPay"),
        // The type promises T.61 and the bytes are UTF-8, as in real ones.
        (oid::COMMON_NAME, TAG_TELETEXSTRING, holder.company_name),
        (oid::SURNAME, TAG_PRINTABLESTRING, &internal_number(holder.mchid)),
    ])
}

/// The number that stands where a surname belongs: nine digits that are the same for a merchant every time, and are not
/// its merchant id.
fn internal_number(mchid: &Mchid) -> String {
    let digest = digest(&SHA256, mchid.as_str().as_bytes());
    let digits = digest.as_ref().iter().take(8).map(|byte| char::from(b'0' + byte % 10));
    std::iter::once('1').chain(digits).collect()
}

fn name(parts: &[(&[u64], Tag, &str)]) -> Vec<u8> {
    construct_der(|writer| {
        writer.write_sequence(|writer| {
            for (kind, tag, text) in parts {
                writer.next().write_set(|writer| {
                    writer.next().write_sequence(|writer| {
                        write_oid(writer.next(), kind);
                        let value = writer.next();
                        value.write_tagged_implicit(*tag, |writer| writer.write_bytes(text.as_bytes()));
                    });
                });
            }
        });
    })
}

/// The part of a certificate that is signed.
fn to_be_signed(
    serial: &[u8],
    validity: Validity,
    subject: &[u8],
    public_key: &[u8],
    extensions: impl FnOnce(&mut DERWriterSeq<'_>),
) -> Vec<u8> {
    construct_der(|writer| {
        writer.write_sequence(|writer| {
            const VERSION_3: u8 = 2;
            writer.next().write_tagged(Tag::context(0), |writer| writer.write_u8(VERSION_3));
            writer.next().write_bigint_bytes(serial, true);
            write_algorithm(writer.next());
            writer.next().write_der(&issuer_name());
            writer.next().write_sequence(|writer| {
                write_time(writer.next(), validity.not_before);
                write_time(writer.next(), validity.not_after);
            });
            writer.next().write_der(subject);
            writer.next().write_der(public_key);
            writer
                .next()
                .write_tagged(Tag::context(3), |writer| writer.write_sequence(|writer| extensions(writer)));
        });
    })
}

fn signed(content: &[u8], key: &KeyPair) -> Result<Vec<u8>, IssueError> {
    let signature = key.sign(content)?;
    Ok(construct_der(|writer| {
        writer.write_sequence(|writer| {
            writer.next().write_der(content);
            write_algorithm(writer.next());
            writer.next().write_bitvec_bytes(&signature, signature.len() * 8);
        });
    }))
}

fn write_algorithm(writer: DERWriter<'_>) {
    writer.write_sequence(|writer| {
        write_oid(writer.next(), oid::SHA256_WITH_RSA);
        writer.next().write_null();
    });
}

/// Two digits for the year up to 2049, four afterwards (RFC 5280 4.1.2.5).
fn write_time(writer: DERWriter<'_>, at: Timestamp) {
    let at = at.to_zoned(TimeZone::UTC);
    let (tag, text) = match at.year() {
        1950..2050 => (TAG_UTCTIME, at.strftime("%y%m%d%H%M%SZ").to_string()),
        _ => (TAG_GENERALIZEDTIME, at.strftime("%Y%m%d%H%M%SZ").to_string()),
    };
    writer.write_tagged_implicit(tag, |writer| writer.write_bytes(text.as_bytes()));
}

fn extension(writer: &mut DERWriterSeq<'_>, kind: &[u64], is_critical: bool, value: &[u8]) {
    writer.next().write_sequence(|writer| {
        write_oid(writer.next(), kind);
        if is_critical {
            writer.next().write_bool(true);
        }
        writer.next().write_bytes(value);
    });
}

fn write_oid(writer: DERWriter<'_>, oid: &[u64]) {
    writer.write_oid(&ObjectIdentifier::from_slice(oid));
}

fn octets(bytes: &[u8]) -> Vec<u8> {
    construct_der(|writer| writer.write_bytes(bytes))
}

fn implicit_octets(writer: DERWriter<'_>, tag: u64, bytes: &[u8]) {
    writer.write_tagged_implicit(Tag::context(tag), |writer| writer.write_bytes(bytes));
}

/// SHA-1 over the key's bits, as everybody names keys (RFC 5280 4.2.1.2); it protects nothing.
fn key_identifier(key: &impl PublicKeyData) -> Vec<u8> {
    digest(&SHA1_FOR_LEGACY_USE_ONLY, key.der_bytes()).as_ref().to_vec()
}

/// The bytes that an even number of hexadecimal digits write.
fn bytes_of(digits: &str) -> Vec<u8> {
    let pairs = (0..digits.len()).step_by(2).filter_map(|at| digits.get(at..at + 2));
    pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}
