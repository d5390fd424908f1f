//! Fingerprints, and the published digests of the two chain files.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use md5::{Digest, Md5};

/// Three digests of the same bytes, in upper-case hexadecimal without separators.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Digests {
    /// SHA-256.
    pub sha256: String,
    /// SHA-1, as older tools show it.
    pub sha1: String,
    /// MD5, as the platform's page prints it beside SHA-256.
    pub md5: String,
}

impl Digests {
    /// The digests of `bytes`: of a file, or of a certificate's DER, where they are called fingerprints.
    pub fn of(bytes: &[u8]) -> Digests {
        Digests {
            sha256: sha256(bytes),
            sha1: hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes)),
            md5: md5(bytes),
        }
    }
}

/// SHA-256 in upper-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes))
}

fn md5(bytes: &[u8]) -> String {
    hex(Md5::digest(bytes))
}

/// Upper-case hexadecimal, two digits a byte.
pub fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02X}")).collect()
}

/// A chain file whose digests WeChat Pay publishes.
///
/// Source: [api-certificate].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishedChain {
    /// The name it is downloaded under.
    pub file: &'static str,
    /// SHA-256 of the file.
    pub sha256: &'static str,
    /// MD5 of the file.
    pub md5: &'static str,
}

/// The two chain files: for CA-issued certificates, and for those that WeChat Pay issued itself.
///
/// Source: [api-certificate]; the page breaks both SHA-256 digests over two lines.
pub const PUBLISHED_CHAINS: [PublishedChain; 2] = [
    PublishedChain {
        file: "CertTrustChain.p7b",
        sha256: "FC4EF43A7FB2B08263345453E56297DAF998A5DAC6C501B38EB2DF18A55F6A13",
        md5: "77E0DB6559B07624F538B1ACF4AD81CA",
    },
    PublishedChain {
        file: "CertTrustChainWX.p7b",
        sha256: "C826A1C900D445C372FFF25968988C002493688C491C8E66CC8276A17003A12E",
        md5: "C91DDFB6E9F0533E9A78DCDC89CA1080",
    },
];

/// The published chain file that `bytes` are, byte for byte.
///
/// SHA-256 decides. MD5 is published too, but anybody can make another file with a chosen MD5.
pub fn published_chain(bytes: &[u8]) -> Option<&'static PublishedChain> {
    let sha256 = sha256(bytes);
    PUBLISHED_CHAINS.iter().find(|chain| chain.sha256 == sha256)
}

/// The published chain file that has this digest: SHA-256 or MD5, in either case, with or without colons and blanks.
pub fn chain_with_digest(text: &str) -> Option<&'static PublishedChain> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != ':').collect();
    let digits = digits.to_ascii_uppercase();
    PUBLISHED_CHAINS.iter().find(|chain| chain.sha256 == digits || chain.md5 == digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_other_tools() {
        // The digests of "abc" in FIPS 180-4 and RFC 1321.
        let digests = Digests::of(b"abc");
        assert_eq!(digests.sha256, "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD");
        assert_eq!(digests.sha1, "A9993E364706816ABA3E25717850C26C9CD0D89D");
        assert_eq!(digests.md5, "900150983CD24FB0D6963F7D28E17F72");
    }

    #[test]
    fn a_published_digest_names_its_file_however_it_is_written() {
        for (text, file) in [
            ("77e0db6559b07624f538b1acf4ad81ca", Some("CertTrustChain.p7b")),
            ("77:E0:DB:65:59:B0:76:24:F5:38:B1:AC:F4:AD:81:CA", Some("CertTrustChain.p7b")),
            (
                "c826a1c900d445c372fff25968988 c002493688c491c8e66cc8276a17003a12e",
                Some("CertTrustChainWX.p7b"),
            ),
            ("", None),
            ("77e0db6559b07624f538b1acf4ad81cb", None),
        ] {
            assert_eq!(chain_with_digest(text).map(|chain| chain.file), file, "{text}");
        }
        assert_eq!(published_chain(b"another file"), None);
    }
}
