//! What a line needs to know of its merchant id.

use std::sync::Arc;

use jiff::Timestamp;
use wechatpay::ids::Mchid;
use wechatpay::keys::{ApiV3Key, KeyName, VerifyingKey};
use wechatpay::v3::caller::Region;

use super::signer::Signer;

/// How one merchant id is connected to WeChat Pay. Its secrets print as stars.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The merchant id: who signs.
    pub mchid: Mchid,
    /// The branch of WeChat Pay it belongs to.
    pub region: Region,
    /// Where WeChat Pay is called, e.g. `https://apihk.mch.weixin.qq.com`; the region's own hosts if there is none. The first is
    /// the main host; the others are called only when it cannot be reached, and only by questions and by repeats of a number
    /// that went out before.
    pub hosts: Vec<String>,
    /// The newest certificate, and who signs with its key.
    pub certificate: SigningCertificate,
    /// The one before it, to fall back to while it is valid.
    pub certificate_before: Option<SigningCertificate>,
    /// Opens platform certificates and notifications.
    pub api_v3_key: ApiV3Key,
    /// WeChat Pay public keys by their ids, the newest last; they are believed beside the platform's certificates. If there
    /// is one, answers are asked for under the newest. Source: [public-key-mode].
    pub public_keys: Vec<(KeyName, VerifyingKey)>,
    /// Whether it is a sandbox's: then plain `http://` is taken, and nobody waits for long.
    pub is_sandbox: bool,
}

/// A merchant certificate, by whoever signs with its key.
#[derive(Debug, Clone)]
pub struct SigningCertificate {
    /// The last second of its validity.
    pub not_after: Timestamp,
    /// Signs with its key, and knows its serial number.
    pub signer: Arc<dyn Signer>,
}

/// Where WeChat Pay answers, by region. The hosts of a region are doors to one system with the same data.
/// Source: [global-refund], [official-skills], [mainland-refund], [official-sdk].
pub(super) fn hosts_of(region: Region) -> &'static [&'static str] {
    match region {
        Region::Global => &[
            "https://apihk.mch.weixin.qq.com",
            "https://apius.mch.weixin.qq.com",
            "https://apieu.mch.weixin.qq.com",
        ],
        Region::Mainland => &["https://api.mch.weixin.qq.com", "https://api2.mch.weixin.qq.com"],
    }
}
