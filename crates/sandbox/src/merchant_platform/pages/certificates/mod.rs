//! The steps with a certificate: [`step`] (the form of each, and what it does), [`issued`] (the certificate string),
//! [`zip`] (certificate and key ready-made).

pub(in crate::merchant_platform) mod issued;
pub(in crate::merchant_platform) mod step;
pub(in crate::merchant_platform) mod zip;
