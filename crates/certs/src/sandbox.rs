//! The marks of a sandbox's certificates.
//!
//! They look like WeChat Pay's own, or nothing could be tested with them. Two marks tell them apart: whoever reads the
//! names sees the unit, and whoever parses finds the extension. A gateway set up for production refuses both.

/// The organisational unit of issuers, where WeChat Pay has `Tenpay.com CA Center` or `WXG`; and of the subject of platform
/// certificates. A merchant's certificate has the merchant's name there, as real ones have.
pub const UNIT: &str = "TIDEGATE SANDBOX";

/// The type of a private extension, never critical, that holds [`UNIT`] as a UTF8String.
///
/// It lies below 2.999, the arc kept for examples, so that no other software gives it a meaning.
pub const EXTENSION: &[u64] = &[2, 999, 7080, 1];
