//! What is wrong with a text or a file.

use certs::bundle::BundleError;
use certs::material::{Kind, MaterialError, WrongKind};
use certs::private_key::PrivateKeyError;

use super::Mistake;
use crate::wizard::frame::View;

impl Mistake {
    /// Why nothing could be read.
    pub(in crate::wizard) fn of_material(view: &View, error: &MaterialError) -> Mistake {
        Mistake::said(view, (error, error.what_to_do()), chinese(error))
    }

    /// Why there is no PKCS#12 file.
    pub(super) fn of_bundle(view: &View, error: &BundleError) -> Mistake {
        Mistake::said(view, (error, error.what_to_do()), of_bundle(error))
    }
}

pub(super) fn chinese(error: &MaterialError) -> (String, &'static str) {
    const WHOLE: &str = "请手动全选（到 END 行的最后一个短横线，输入框有滚动条）后重新复制。";
    const ORIGINAL: &str = "请从生成文件的地方重新复制，文件中有字符被改动或丢失。";
    match error {
        MaterialError::Empty => ("内容为空。".to_owned(), "请重新复制原文件。"),
        MaterialError::TruncatedDer { announced, present } => (
            format!("文件不完整：应有 {announced} 字节，实际 {present} 字节。"),
            "请以二进制方式重新复制整个文件；文本请全选后复制。",
        ),
        MaterialError::CopiedAsText => (
            "文件被当作文本复制，内容已损坏（EF BF BD）。".to_owned(),
            "请以二进制方式重新复制：在 Maven 资源过滤中排除该文件，FTP 使用二进制模式。",
        ),
        MaterialError::LineEndsConverted { extra } => (
            format!("文件的换行符被转换，多出 {extra} 字节。"),
            "请以二进制方式重新复制：在 .gitattributes 中标记为二进制，FTP 使用二进制模式。",
        ),
        MaterialError::ExtraBytes { extra } => (
            format!("内容之后还有 {extra} 字节多余数据。"),
            "请单独提供每个文件；如果文件被合并或编辑过，请使用原文件。",
        ),
        MaterialError::IndefiniteLength => {
            ("文件是不定长的 BER 编码，不是 DER。".to_owned(), "请用 openssl pkcs7 或 openssl pkcs12 转换。")
        }
        MaterialError::UnknownDer => (
            "二进制文件，但不是证书、私钥、请求串、PKCS#12 或 PKCS#7。".to_owned(),
            "请提供 apiclient_cert.pem、apiclient_key.pem、apiclient_cert.p12 或 .p7b 文件。",
        ),
        MaterialError::UnfinishedPem { .. } => ("缺少 END 行，内容只有一部分。".to_owned(), WHOLE),
        MaterialError::NoBeginLine => {
            ("有 END 行但没有 BEGIN 行，缺少开头。".to_owned(), "请从 BEGIN 行的第一个短横线开始重新复制。")
        }
        MaterialError::NotBase64 { character, .. } => (
            format!("内容中有非 Base64 字符“{}”。", character.escape_default()),
            "请使用原文件，内容可能被编辑器、聊天或邮件软件改动。",
        ),
        MaterialError::TruncatedBase64 { .. } => ("Base64 内容不完整，缺少字符。".to_owned(), WHOLE),
        MaterialError::OldEncryptedPem => (
            "私钥以 OpenSSL 的旧方式加密（Proc-Type: 4,ENCRYPTED）。".to_owned(),
            "请转换：openssl pkcs8 -topk8 -in old.pem -out new.pem；不加口令时加上 -nocrypt。",
        ),
        MaterialError::EllipticKey => {
            ("这是椭圆曲线私钥，不是 RSA 私钥。".to_owned(), "请提供申请证书时生成的 RSA 私钥。")
        }
        MaterialError::Pkcs1PublicKey => (
            "这是 PKCS#1 格式的公钥（BEGIN RSA PUBLIC KEY）。".to_owned(),
            "请转换：openssl rsa -RSAPublicKey_in -in old.pem -pubout -out new.pem。",
        ),
        MaterialError::RevocationList => {
            ("这是证书吊销列表（CRL），不是证书。".to_owned(), "请提供证书本身。")
        }
        MaterialError::NoCertificatesInBag => {
            ("该 PKCS#7 文件中没有证书。".to_owned(), "请提供下载得到的证书链文件，或 PEM 格式的证书。")
        }
        MaterialError::Nothing => {
            ("文件中既没有私钥也没有证书。".to_owned(), "请提供官方工具生成的 PKCS#12 文件。")
        }
        MaterialError::FileName => {
            ("这是文件名，不是文件内容。".to_owned(), "请粘贴文件内容，从 BEGIN 行到 END 行。")
        }
        MaterialError::SerialNumber => {
            ("这是证书序列号，不是证书。".to_owned(), "请提供 apiclient_cert.pem 的内容，序列号可从中读取。")
        }
        MaterialError::PublicKeyId => {
            ("这是微信支付公钥 ID，不是公钥。".to_owned(), "请提供一同下载的 pub_key.pem 的内容。")
        }
        MaterialError::Markup => (
            "这是网页或 XML 内容，可能是被保存成文件的错误页面。".to_owned(),
            "请登录后重新下载，使用前先查看内容。",
        ),
        MaterialError::NotRecognised => {
            ("既不是 PEM 也不是 Base64。".to_owned(), "请提供以 -----BEGIN 开头的文件内容，或文件本身。")
        }
        MaterialError::Certificate(_) => ("这是证书，但内容已损坏，无法读取。".to_owned(), ORIGINAL),
        MaterialError::Csr(_) => ("这是请求串，但内容已损坏，无法读取。".to_owned(), ORIGINAL),
        MaterialError::PublicKey(_) => ("这是公钥，但内容已损坏，无法读取。".to_owned(), ORIGINAL),
        MaterialError::PrivateKey(error) => of_private_key(error),
        MaterialError::Bundle(error) => of_bundle(error),
    }
}

fn of_private_key(error: &PrivateKeyError) -> (String, &'static str) {
    match error {
        PrivateKeyError::NotRsa { algorithm } => {
            (format!("该私钥不是 RSA 私钥（{algorithm}）。"), "请提供申请证书时生成的 RSA 私钥。")
        }
        PrivateKeyError::TooShort { bits } => {
            (format!("RSA 密钥只有 {bits} 位，至少需要 2048 位。"), "请用证书工具重新生成密钥并申请证书。")
        }
        PrivateKeyError::Damaged => ("私钥已损坏。".to_owned(), "请从原处或备份重新复制私钥文件。"),
        PrivateKeyError::WrongPassphrase => {
            ("口令错误，无法打开私钥。".to_owned(), "请输入生成密钥时设置的口令。")
        }
        PrivateKeyError::UnknownCipher => {
            ("不支持该私钥的加密方式。".to_owned(), "请转换：openssl pkcs8 -topk8 -in old.pem -out new.pem。")
        }
    }
}

fn of_bundle(error: &BundleError) -> (String, &'static str) {
    const AGAIN: &str = "请从生成文件的地方以二进制方式重新复制。";
    match error {
        BundleError::NotPkcs8 => {
            ("私钥不是 PKCS#8 格式。".to_owned(), "请转换：openssl pkcs8 -topk8 -nocrypt。")
        }
        BundleError::NotCertificate => ("其中一个证书不是 X.509 证书。".to_owned(), AGAIN),
        BundleError::NotPkcs12 => ("这不是 PKCS#12 文件，或文件已损坏。".to_owned(), AGAIN),
        BundleError::WrongPassword { .. } => (
            "密码错误，无法打开该 PKCS#12 文件。".to_owned(),
            "密码默认为商户号，不是 API 密钥或 AppSecret。",
        ),
        BundleError::Changed => ("密码正确，但文件生成后被改动过。".to_owned(), AGAIN),
        BundleError::UnknownCipher => {
            ("不支持该 PKCS#12 文件的加密方式。".to_owned(), "请用 openssl pkcs12 -legacy 转换后再试。")
        }
        BundleError::NotOneKey { found } => {
            (format!("该 PKCS#12 文件中有 {found} 个私钥，应为 1 个。"), "请提供官方工具生成的文件。")
        }
        BundleError::NoCertificate => {
            ("该 PKCS#12 文件中没有私钥对应的证书。".to_owned(), "请提供官方工具生成的文件。")
        }
        BundleError::NotWritable { reason } => {
            (format!("无法写入文件：{reason}"), "请换用由字母和数字组成的密码后重试。")
        }
    }
}

/// What a file is instead of what was asked for.
pub(super) fn of_wrong_kind(found: &WrongKind) -> (String, &'static str) {
    let name = match found.found {
        Kind::Certificate => "证书",
        Kind::PrivateKey => "私钥",
        Kind::SealedKey => "加密的私钥",
        Kind::Csr => "请求串",
        Kind::PublicKey => "公钥",
    };
    (format!("该文件实际是{name}。"), "请从备份恢复该文件夹，或检查文件是否被互换。")
}
