//! Something else than was asked for: the mix-ups that merchants make, each with its own sentence.

use std::fmt;

use super::{Contents, Item};
use crate::certificate::Certificate;
use crate::csr::Csr;
use crate::private_key::PrivateKey;

/// What can be asked for, and what can be there instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A certificate.
    Certificate,
    /// A private key that can be used.
    PrivateKey,
    /// A private key that is still encrypted.
    SealedKey,
    /// A certificate signing request, or "request string".
    Csr,
    /// A public key.
    PublicKey,
}

/// A mix-up. Its message says what is there, and [`WrongKind::what_to_do`] what to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub struct WrongKind {
    /// What was asked for.
    pub wanted: Kind,
    /// What is there; the first thing of a file.
    pub found: Kind,
}

impl Contents {
    /// The certificate that the file is about.
    pub fn expect_certificate(&self) -> Result<&Certificate, WrongKind> {
        self.leaf().ok_or_else(|| self.instead_of(Kind::Certificate))
    }

    /// The private key in the file.
    pub fn expect_private_key(&self) -> Result<&PrivateKey, WrongKind> {
        self.private_key().ok_or_else(|| self.instead_of(Kind::PrivateKey))
    }

    /// The certificate signing request in the file.
    pub fn expect_csr(&self) -> Result<&Csr, WrongKind> {
        self.csr().ok_or_else(|| self.instead_of(Kind::Csr))
    }

    fn instead_of(&self, wanted: Kind) -> WrongKind {
        // A sealed key is nearest to a key, wherever it stands in the file.
        let sealed = wanted == Kind::PrivateKey && self.items.contains(&Item::SealedKey);
        let first = self.items.first().map_or(wanted, Item::kind);
        WrongKind { wanted, found: if sealed { Kind::SealedKey } else { first } }
    }
}

impl Item {
    /// What kind of thing it is.
    pub fn kind(&self) -> Kind {
        match self {
            Item::Certificate(_) => Kind::Certificate,
            Item::PrivateKey(_) => Kind::PrivateKey,
            Item::SealedKey => Kind::SealedKey,
            Item::Csr(_) => Kind::Csr,
            Item::PublicKey(_) => Kind::PublicKey,
        }
    }
}

impl Kind {
    /// The word for it in reports.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Certificate => "certificate",
            Kind::PrivateKey => "private-key",
            Kind::SealedKey => "encrypted-private-key",
            Kind::Csr => "csr",
            Kind::PublicKey => "public-key",
        }
    }
}

impl WrongKind {
    fn sentences(self) -> (&'static str, &'static str) {
        const KEY: &str =
            "Give the content of `apiclient_key.pem`; it begins with `-----BEGIN PRIVATE KEY-----`.";
        const CERTIFICATE: &str =
            "Give the content of `apiclient_cert.pem`; it begins with `-----BEGIN CERTIFICATE-----`.";
        const CSR: &str = "Give the request string that was made with the key.";
        match (self.wanted, self.found) {
            (Kind::PrivateKey, Kind::Certificate) => {
                ("this is a certificate, and the private key belongs here", KEY)
            }
            (Kind::PrivateKey, Kind::SealedKey) => (
                "this private key is encrypted, and no passphrase given opens it",
                "Give the passphrase that was typed when the key was made.",
            ),
            (Kind::PrivateKey, Kind::Csr) => (
                "this is a certificate signing request, and the private key belongs here",
                "Give the key that was made with the request; the request holds its public half alone.",
            ),
            (Kind::PrivateKey, Kind::PublicKey) => {
                ("this is a public key, and the private key belongs here", KEY)
            }
            (Kind::Certificate, Kind::Csr) => (
                "this is the certificate signing request itself, which goes to the Merchant Platform, not what comes back",
                "Paste the request string into the Merchant Platform, and give the certificate string that it shows; the clipboard still held the request.",
            ),
            (Kind::Certificate, Kind::PrivateKey | Kind::SealedKey) => (
                "this is a private key, and the certificate belongs here",
                "Give the content of `apiclient_cert.pem`, and keep the key to yourself: whoever has it can sign in your name.",
            ),
            (Kind::Certificate, Kind::PublicKey) => {
                ("this is a public key alone, and the certificate belongs here", CERTIFICATE)
            }
            (Kind::Csr, Kind::Certificate) => {
                ("this is a certificate, and the certificate signing request belongs here", CSR)
            }
            (Kind::Csr, Kind::PrivateKey | Kind::SealedKey) => (
                "this is a private key, and the certificate signing request belongs here",
                "Give the request string alone, and keep the key to yourself: WeChat Pay never asks for it.",
            ),
            (Kind::Csr, Kind::PublicKey) => {
                ("this is a public key, and the certificate signing request belongs here", CSR)
            }
            (_, _) => ("this is something else than was asked for", CERTIFICATE),
        }
    }

    /// What to do about it.
    pub fn what_to_do(self) -> &'static str {
        self.sentences().1
    }
}

impl fmt::Display for WrongKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentences().0)
    }
}
