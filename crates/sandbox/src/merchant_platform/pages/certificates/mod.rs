//! The steps with a certificate: [`step`] (what each does) and `form` (what is typed for it), [`issued`] (the certificate string),
//! [`zip`] (certificate and key ready-made).

mod form;
pub(in crate::merchant_platform) mod issued;
pub(in crate::merchant_platform) mod step;
pub(in crate::merchant_platform) mod zip;
