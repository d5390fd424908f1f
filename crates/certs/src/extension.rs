//! A certificate's extensions, in words.

use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension, X509Extension};

use crate::asn1::dotted;
use crate::digests::hex;

/// One extension.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Extension {
    /// Its type in dots.
    pub oid: String,
    /// What the type is called; the number again if it is not known here.
    pub name: String,
    /// Whether who does not understand it must refuse the certificate.
    pub critical: bool,
    /// What it says; its bytes in hexadecimal behind `#` if that is not known here.
    pub value: String,
}

/// The types that occur in this platform's certificates. Types of RFC 5280 and Netscape's.
const NAMES: [(&str, &str); 14] = [
    ("2.5.29.14", "subject key identifier"),
    ("2.5.29.15", "key usage"),
    ("2.5.29.16", "private key usage period"),
    ("2.5.29.17", "subject alternative name"),
    ("2.5.29.18", "issuer alternative name"),
    ("2.5.29.19", "basic constraints"),
    ("2.5.29.30", "name constraints"),
    ("2.5.29.31", "CRL distribution points"),
    ("2.5.29.32", "certificate policies"),
    ("2.5.29.35", "authority key identifier"),
    ("2.5.29.37", "extended key usage"),
    ("1.3.6.1.5.5.7.1.1", "authority information access"),
    ("2.16.840.1.113730.1.1", "Netscape certificate type"),
    ("2.16.840.1.113730.1.13", "Netscape comment"),
];

impl Extension {
    pub(crate) fn read(extension: &X509Extension<'_>) -> Extension {
        let oid = dotted(extension.oid.as_bytes());
        let name = NAMES.iter().find(|(number, _)| *number == oid).map_or(oid.as_str(), |(_, name)| name);
        Extension {
            name: name.to_owned(),
            critical: extension.critical,
            value: in_words(extension.parsed_extension())
                .unwrap_or_else(|| format!("#{}", hex(extension.value))),
            oid,
        }
    }
}

/// `None` for what is not known here, or does not follow its type.
fn in_words(extension: &ParsedExtension<'_>) -> Option<String> {
    Some(match extension {
        ParsedExtension::SubjectKeyIdentifier(id) => hex(id.0),
        ParsedExtension::AuthorityKeyIdentifier(id) => {
            let names = id.authority_cert_issuer.iter().flatten().map(general_name);
            let parts = id.key_identifier.iter().map(|key| format!("key {}", hex(key.0)));
            let serial = id.authority_cert_serial.map(|serial| format!("serial {}", hex(serial)));
            parts.chain(names).chain(serial).collect::<Vec<_>>().join(", ")
        }
        ParsedExtension::KeyUsage(usage) => usage.to_string(),
        ParsedExtension::BasicConstraints(constraints) => {
            match (constraints.ca, constraints.path_len_constraint) {
                (true, Some(length)) => format!("CA, at most {length} CAs below it"),
                (true, None) => "CA".to_owned(),
                (false, _) => "no CA".to_owned(),
            }
        }
        ParsedExtension::ExtendedKeyUsage(usage) => {
            let known = [
                (usage.any, "any"),
                (usage.server_auth, "TLS server"),
                (usage.client_auth, "TLS client"),
                (usage.code_signing, "code signing"),
                (usage.email_protection, "e-mail"),
                (usage.time_stamping, "time stamps"),
                (usage.ocsp_signing, "OCSP"),
            ];
            let known = known.into_iter().filter(|(is_set, _)| *is_set).map(|(_, name)| name.to_owned());
            known.chain(usage.other.iter().map(|oid| dotted(oid.as_bytes()))).collect::<Vec<_>>().join(", ")
        }
        ParsedExtension::CRLDistributionPoints(points) => {
            let names = points.points.iter().filter_map(|point| match &point.distribution_point {
                Some(DistributionPointName::FullName(names)) => Some(names.iter().map(general_name)),
                _ => None,
            });
            names.flatten().collect::<Vec<_>>().join(", ")
        }
        ParsedExtension::SubjectAlternativeName(names) => {
            names.general_names.iter().map(general_name).collect::<Vec<_>>().join(", ")
        }
        ParsedExtension::CertificatePolicies(policies) => {
            policies.iter().map(|policy| dotted(policy.policy_id.as_bytes())).collect::<Vec<_>>().join(", ")
        }
        ParsedExtension::NsCertComment(comment) => (*comment).to_owned(),
        ParsedExtension::NSCertType(kind) => kind.to_string(),
        _ => return None,
    })
}

fn general_name(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::URI(uri) => (*uri).to_owned(),
        GeneralName::DNSName(name) => (*name).to_owned(),
        GeneralName::RFC822Name(address) => (*address).to_owned(),
        GeneralName::DirectoryName(name) => crate::name::DistinguishedName::read(name).to_string(),
        GeneralName::IPAddress(address) => hex(address),
        other => other.to_string(),
    }
}
