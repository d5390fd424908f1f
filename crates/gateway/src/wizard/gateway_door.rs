//! How a certificate gets from its folder into a gateway. The program that starts the wizard knows the gateway and its key.

use futures_util::future::BoxFuture;

/// A certificate with its key, on the way into a gateway.
#[derive(Clone, Copy)]
pub struct NewCertificate<'a> {
    /// Whose it is.
    pub merchant_id: &'a str,
    /// The certificate in PEM.
    pub certificate_pem: &'a str,
    /// Its key in PEM, without a passphrase.
    pub private_key_pem: &'a str,
}

/// What a gateway did with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is in force from now on.
    InForce,
    /// It was in force already.
    WasInForce,
}

/// Why a gateway did not take a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What happened, and what to do about it.
    pub sentence: String,
}

/// A gateway that takes certificates from the wizard.
pub trait GatewayDoor: Send + Sync {
    /// Where it is, as people know it.
    fn address(&self) -> String;

    /// Gives it a certificate.
    fn install<'a>(&'a self, certificate: NewCertificate<'a>) -> BoxFuture<'a, Result<Taken, Refused>>;
}
