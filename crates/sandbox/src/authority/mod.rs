//! The sandbox's certificate authorities: they issue what WeChat Pay's two issuers issue, in the same form.
//!
//! Issuers, serial numbers, subjects, string types and extensions are those of real certificates, so that whatever tells
//! certificates apart by them works here too; the marks of [`certs::sandbox`] say that they are not real. Keys and serial
//! numbers are drawn anew in every sandbox: two sandboxes must never issue the same certificate.
//!
//! Read in this order: [`drawn`] (keys and numbers), [`issued`] (what is common to both kinds), [`tenpay`] (Tenpay.com
//! Root CA: 40-character serial numbers), [`mmpaymch`] (MmpaymchCA: WeChat Pay's own, short serial numbers),
//! [`chain_file`] (`CertTrustChain.p7b` and its like).
//!
//! Source: [api-certificate].

pub mod chain_file;
pub mod drawn;
pub mod issued;
pub mod mmpaymch;
pub mod tenpay;

pub use drawn::{PUBLIC_KEY_ID_DIGITS, new_api_key, new_key, new_public_key_id, pem_of, public_pem_of};
pub use issued::{Holder, IssueError, Issued, Validity};
pub use mmpaymch::WechatPayAuthority;
pub use tenpay::Authority;
