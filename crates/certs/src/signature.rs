//! What certificates and requests are signed with, and whether a signature holds.

use std::fmt;

use aws_lc_rs::signature::{
    RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA384, RsaParameters,
    UnparsedPublicKey,
};

use crate::public_key::PublicKey;

/// The algorithm of a signature, by its object identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureAlgorithm {
    /// sha1WithRSAEncryption: what WeChat-Pay-issued certificates and the two upper CAs have. Source: [api-certificate].
    Sha1WithRsa,
    /// sha256WithRSAEncryption: what CA-issued certificates have.
    Sha256WithRsa,
    /// sha384WithRSAEncryption.
    Sha384WithRsa,
    /// sha512WithRSAEncryption.
    Sha512WithRsa,
    /// md5WithRSAEncryption, which proves nothing any more and is not computed.
    Md5WithRsa,
    /// SM2 with SM3, China's national algorithm: named here, not computed.
    Sm2WithSm3,
    /// Anything else, by its number in dots; not computed.
    Other(String),
}

/// Whether a signature holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureVerdict {
    /// It is this key's over these bytes.
    Holds,
    /// It is not.
    Fails,
    /// The algorithm is not computed here, so nothing is known.
    NotComputed,
}

impl SignatureAlgorithm {
    pub(crate) fn from_oid(oid: &str) -> SignatureAlgorithm {
        match oid {
            "1.2.840.113549.1.1.4" => SignatureAlgorithm::Md5WithRsa,
            "1.2.840.113549.1.1.5" => SignatureAlgorithm::Sha1WithRsa,
            "1.2.840.113549.1.1.11" => SignatureAlgorithm::Sha256WithRsa,
            "1.2.840.113549.1.1.12" => SignatureAlgorithm::Sha384WithRsa,
            "1.2.840.113549.1.1.13" => SignatureAlgorithm::Sha512WithRsa,
            "1.2.156.10197.1.501" => SignatureAlgorithm::Sm2WithSm3,
            oid => SignatureAlgorithm::Other(oid.to_owned()),
        }
    }

    /// Whether somebody could make two texts with the same digest, so that the signature proves little.
    pub fn is_weak(&self) -> bool {
        matches!(self, SignatureAlgorithm::Sha1WithRsa | SignatureAlgorithm::Md5WithRsa)
    }

    /// Whether `signature` is the one of `key` over `message`.
    ///
    /// Keys down to 1024 bits are accepted, since MmpaymchCA has one; whether that is enough is the caller's question.
    pub fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> SignatureVerdict {
        let parameters: &'static RsaParameters = match self {
            SignatureAlgorithm::Sha1WithRsa => &RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
            SignatureAlgorithm::Sha256WithRsa => &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
            SignatureAlgorithm::Sha384WithRsa => &RSA_PKCS1_2048_8192_SHA384,
            SignatureAlgorithm::Sha512WithRsa => &RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
            SignatureAlgorithm::Md5WithRsa
            | SignatureAlgorithm::Sm2WithSm3
            | SignatureAlgorithm::Other(_) => return SignatureVerdict::NotComputed,
        };
        match UnparsedPublicKey::new(parameters, key.spki()).verify(message, signature) {
            Ok(()) => SignatureVerdict::Holds,
            Err(_) => SignatureVerdict::Fails,
        }
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SignatureAlgorithm::Sha1WithRsa => "sha1WithRSAEncryption",
            SignatureAlgorithm::Sha256WithRsa => "sha256WithRSAEncryption",
            SignatureAlgorithm::Sha384WithRsa => "sha384WithRSAEncryption",
            SignatureAlgorithm::Sha512WithRsa => "sha512WithRSAEncryption",
            SignatureAlgorithm::Md5WithRsa => "md5WithRSAEncryption",
            SignatureAlgorithm::Sm2WithSm3 => "SM2-with-SM3",
            SignatureAlgorithm::Other(oid) => oid,
        })
    }
}
