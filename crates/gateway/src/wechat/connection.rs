//! What a line needs to know of its merchant id.

use std::sync::Arc;

use jiff::Timestamp;
use reqwest::Identity;
use wechatpay::ids::{Appid, Mchid};
use wechatpay::keys::{ApiV3Key, KeyName, VerifyingKey};
use wechatpay::v2::key::ApiV2Key;
use wechatpay::v3::caller::Region;
use wechatpay::wire::Wire;

use super::sandbox_ca::SandboxCa;
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
    /// that went out before. V2 calls those with TLS alone: without it no certificate can be shown.
    pub hosts: Vec<String>,
    /// The version that orders are asked for with, and that is probed. A refund goes by that of its own bytes.
    pub wire: Wire,
    /// The newest certificate.
    pub certificate: MerchantCertificate,
    /// The one before it, to fall back to while it is valid.
    pub certificate_before: Option<MerchantCertificate>,
    /// What V3 needs beside a certificate; none if nothing goes over it.
    pub v3: Option<V3Keys>,
    /// What V2 needs beside a certificate; none if nothing goes over it.
    pub v2: Option<V2Keys>,
    /// Whether it is a sandbox's: then plain `http://` is taken, and nobody waits for long.
    pub is_sandbox: bool,
    /// Whose TLS certificates the sandbox shows; without it public authorities alone are believed, as they always are in
    /// production.
    pub sandbox_ca: Option<SandboxCa>,
}

/// A merchant certificate, and what a call over each version of the interface uses of it.
#[derive(Debug, Clone)]
pub struct MerchantCertificate {
    /// Its serial number.
    pub serial_no: KeyName,
    /// The last second of its validity.
    pub not_after: Timestamp,
    /// Signs with its key; none if V3 does not take it.
    pub signer: Option<Arc<dyn Signer>>,
    /// What is shown in the handshake of TLS; none if its key is not at hand, and then V2 cannot use it.
    pub identity: Option<Identity>,
}

/// What V3 needs beside a certificate.
#[derive(Debug, Clone)]
pub struct V3Keys {
    /// Opens platform certificates and notifications.
    pub api_v3_key: ApiV3Key,
    /// WeChat Pay public keys by their ids, the newest last; they are believed beside the platform's certificates. If there
    /// is one, answers are asked for under the newest. Source: [public-key-mode].
    pub public_keys: Vec<(KeyName, VerifyingKey)>,
}

/// What V2 needs beside a certificate.
#[derive(Debug, Clone)]
pub struct V2Keys {
    /// The app id that questions bear; a refund's request has its own.
    pub appid: Appid,
    /// Signs requests, and verifies answers and notifications.
    pub api_v2_key: ApiV2Key,
    /// The key before it: while it is being changed at WeChat Pay, a notification may still be under that.
    pub api_v2_key_before: Option<ApiV2Key>,
}

/// Where WeChat Pay answers, by region, over either version. The hosts of a region are doors to one system with the same data.
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
