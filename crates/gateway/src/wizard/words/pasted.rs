//! What was pasted instead of the certificate string.

use certs::material::Kind;
use certs::request::PasteError;

use super::{Mistake, material};
use crate::wizard::frame::View;

impl Mistake {
    pub(super) fn of_paste(view: &View, error: &PasteError) -> Mistake {
        Mistake::said(view, (error, error.what_to_do()), chinese(error))
    }
}

fn chinese(error: &PasteError) -> (String, &'static str) {
    const COPY: &str = "请将正确的证书串复制到剪贴板，证书串以 -----BEGIN CERTIFICATE----- 开头。";
    match error {
        PasteError::Empty => {
            ("没有粘贴任何内容。".to_owned(), "请在商户平台的“复制证书串”页面复制证书串，再粘贴到这里。")
        }
        PasteError::RequestItself => (
            "这是请求串本身，不是证书串。".to_owned(),
            "请粘贴请求串到商户平台获取证书串，再把证书串粘贴到这里。",
        ),
        PasteError::OtherRequest => (
            "这是另一个密钥的请求串，不是证书串。".to_owned(),
            "请将本次的请求串提交到商户平台，再粘贴平台显示的证书串。",
        ),
        PasteError::Truncated { cause } => (
            format!("证书串不完整：{}", material::chinese(cause).0),
            "输入框有滚动条，请手动全选证书串，右键复制后重新粘贴。",
        ),
        PasteError::NotCertificate { found: Kind::PrivateKey | Kind::SealedKey } => (
            "这是私钥，不是证书串。".to_owned(),
            "请妥善保管私钥，不要外传。请粘贴以 -----BEGIN CERTIFICATE----- 开头的证书串。",
        ),
        PasteError::NotCertificate { .. } => ("这不是证书串。".to_owned(), COPY),
        PasteError::Unreadable { cause } => (format!("这不是证书串：{}", material::chinese(cause).0), COPY),
        PasteError::PlatformCertificate { expected } => (
            format!("这是微信支付平台证书，不是商户 {expected} 的证书。"),
            "请粘贴“复制证书串”页面上的证书串；平台证书用于验证微信支付的应答签名。",
        ),
        PasteError::CaCertificate { name } => {
            (format!("这是 CA 证书（{name}），不是商户证书。"), "请粘贴商户的证书串，证书链已内置于本工具。")
        }
        PasteError::OtherMerchant { found, expected } => (
            format!("这是“{found}”的证书，当前等待的是商户 {expected} 的证书。"),
            "请用本次申请的商户号登录商户平台，复制该商户的证书串。",
        ),
        PasteError::OtherKey { serial } => (
            format!("证书与本地公私钥不匹配：证书（序列号 {serial}）属于另一个密钥。"),
            "浏览器可能禁止了复制按钮，请手动全选本次申请的证书串，右键复制。如果请求串是在另一台电脑上提交的，请在那台电脑上粘贴。",
        ),
        PasteError::AlreadyKnown { serial } => (
            format!("这是同一密钥的旧证书（序列号 {serial}），已经安装过。"),
            "请在商户平台复制新的证书串，剪贴板里仍是旧的。",
        ),
    }
}
