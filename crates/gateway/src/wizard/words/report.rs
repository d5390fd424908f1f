//! What the page *Inspect* says in Chinese. The report's own words are English.

use certs::classification::Class;
use certs::inspection::Warning;
use certs::material::{Format, Oddity};

use crate::wizard::frame::View;

/// What a file holds, by the report's name for it.
pub(in crate::wizard) fn kind(view: &View, name: &'static str) -> &'static str {
    let (english, chinese) = match name {
        "certificate" => ("certificate", "证书"),
        "private-key" => ("private key", "私钥"),
        "encrypted-private-key" => ("encrypted private key", "加密的私钥"),
        "csr" => ("request string", "请求串"),
        "public-key" => ("public key", "公钥"),
        other => (other, other),
    };
    view.say(english, chinese)
}

/// The form of a file.
pub(in crate::wizard) fn format(view: &View, format: Format) -> &'static str {
    match format {
        Format::Base64 => view.say(format.name(), "Base64（无 BEGIN 和 END 行）"),
        Format::Pem | Format::Der | Format::Pkcs12 | Format::Pkcs7 => format.name(),
    }
}

/// The kind of a certificate.
pub(in crate::wizard) fn class(view: &View, class: Class) -> &'static str {
    let chinese = match class {
        Class::MerchantWxpayIssued => "微信支付颁发的商户 API 证书（旧类型），APIv3 不支持",
        Class::MerchantCaIssued => "CA 颁发的商户 API 证书",
        Class::PlatformRsa => "微信支付平台证书，用于验证应答签名，不是商户证书",
        Class::OtherTenpayIssued => "Tenpay.com Root CA 为其他用途（如小程序）颁发的证书，不是商户证书",
        Class::MerchantSm2Test => "国密 SM2 商户测试证书",
        Class::PlatformSm2Test => "国密 SM2 平台测试证书",
        Class::ChainCa => "商户证书之上的 CA 证书",
        Class::Unknown => "不属于微信支付的证书类型",
        Class::Conflicting => "自相矛盾：部分符合微信支付证书，部分不符合",
    };
    view.say(class.sentence(), chinese)
}

/// What was looked at to tell the kind.
pub(in crate::wizard) fn criterion(view: &View, criterion: &'static str) -> &'static str {
    let chinese = match criterion {
        "issuer CN is MmpaymchCA" => "颁发者 CN 为 MmpaymchCA",
        "issuer O is Tencent" => "颁发者 O 为 Tencent",
        "serial number has fewer than 20 characters" => "序列号少于 20 个字符",
        "issuer CN is Tenpay.com Root CA" => "颁发者 CN 为 Tenpay.com Root CA",
        "serial number has 40 characters" => "序列号为 40 个字符",
        "subject CN is a merchant id of 8 to 10 digits" => "主体 CN 为 8 至 10 位商户号",
        "subject O is 微信商户系统" => "主体 O 为微信商户系统",
        "subject CN is Tenpay.com sign" => "主体 CN 为 Tenpay.com sign",
        "key is on the curve SM2" => "密钥为 SM2 曲线",
        "subject is a CA of the published chains" => "主体为已公布证书链中的 CA",
        "self-signed" => "自签名",
        "signature is that of the issuer's known key" => "由已知的颁发者密钥签名",
        other => other,
    };
    view.say(criterion, chinese)
}

/// Where a certificate stands, by the state table's name for it.
pub(in crate::wizard) fn state(view: &View, state: &str) -> String {
    let (english, chinese) = match state {
        "active" => ("in use", "使用中"),
        "expiring" => ("expires soon", "即将过期"),
        "expired-grace" => ("expired, can be upgraded", "已过期（一个月内，可升级）"),
        "expired-final" => ("expired, can only be changed", "已过期（只能更换）"),
        other => (other, other),
    };
    view.say(english, chinese).to_owned()
}

/// What may be done with a certificate, by the state table's name for it.
pub(in crate::wizard) fn action(view: &View, action: &str) -> String {
    let (english, chinese) = match action {
        "submit-request" => ("Request Certificate", "申请证书"),
        "install" => ("Paste certificate string", "粘贴证书串"),
        "report-key-lost" => ("Report a lost key", "密钥丢失"),
        "renew" => ("Renewal", "续期"),
        "upgrade-expired" | "upgrade-kind" => ("Upgrade", "升级"),
        "change" => ("Change", "更换"),
        "void" => ("Void", "作废"),
        "restore" => ("Restore", "恢复"),
        "apply-for-another" => ("Apply for another", "申请新证书"),
        other => (other, other),
    };
    view.say(english, chinese).to_owned()
}

/// A notice that is due, by the schedule's name for it.
pub(in crate::wizard) fn notice(view: &View, occasion: &str) -> String {
    let days = occasion.strip_suffix('d').filter(|days| days.parse::<u16>().is_ok());
    match (occasion, days) {
        ("day", _) => view.say("the day of its expiry", "过期当天").to_owned(),
        (_, Some(days)) => view.tell(format!("{days} days before it expires"), format!("过期前 {days} 天")),
        (other, None) => match other.strip_prefix("grace-") {
            Some(days) => view.tell(format!("day {days} after it expired"), format!("过期后第 {days} 天")),
            None => other.to_owned(),
        },
    }
}

/// What deserves attention.
pub(in crate::wizard) fn warning(view: &View, warning: Warning) -> &'static str {
    let chinese = match warning {
        Warning::Sandbox => "来自沙箱：看起来与真实证书一样，但微信支付并不认识它。",
        Warning::Expired => "证书已过期。请在商户平台续期；过期超过一个月只能更换。",
        Warning::NotYetValid => "证书尚未生效，请检查本机时间。",
        Warning::Conflicting => "证书内容自相矛盾，请从商户平台重新获取。",
        Warning::IssuerNotProven => "证书声称的颁发者密钥是已知的，但签名并非出自该密钥，请勿信任。",
        Warning::WeakSignature => "签名使用 SHA-1 或 MD5，强度不足，请勿用于新的用途。",
        Warning::ShortKey => "密钥少于 2048 位。",
        Warning::Sm2 => "使用国密 SM2 和 SM3 算法，这里只显示，不校验。",
        Warning::T61Utf8 => "名称的字符串类型与实际的 UTF-8 内容不符，按类型读取的工具会显示乱码。",
        Warning::Misspelled => "名称的编码与声明不符，显示内容为推测。",
        Warning::RequestNotSigned => "请求串的签名与其密钥不符，可能被改动或截断。",
        Warning::KeyDoesNotMatch => "该文件中的私钥与证书不匹配。",
        Warning::SealedKey => "私钥已加密，所给密码无法打开。",
        Warning::SeveralCertificates => "该文件包含多个证书，以下内容针对其中一个。",
        Warning::Form(oddity) => form(oddity),
    };
    view.say(warning.sentence(), chinese)
}

fn form(oddity: Oddity) -> &'static str {
    match oddity {
        Oddity::ByteOrderMark => "文本开头有 BOM，部分软件会找不到起始行，请保存为无 BOM 的 UTF-8。",
        Oddity::Utf16 => "文本为 UTF-16 编码，其他软件无法读取，请保存为 UTF-8。",
        Oddity::WindowsLineEnds => "换行符为 CR LF，部分代码可能出错。",
        Oddity::EscapedLineEnds => "换行被写成了 \\n 两个字符，请替换为真正的换行。",
        Oddity::TextAround => "PEM 内容前后有其他文字，只去除 BEGIN 和 END 的代码会出错。",
        Oddity::NoArmour => "只有 Base64，没有 BEGIN 和 END 行，多数软件需要它们。",
        Oddity::WrongLabel => "BEGIN 行的名称与内容不符，请重新生成。",
        Oddity::Pkcs1Key => {
            "私钥为 PKCS#1（BEGIN RSA PRIVATE KEY），微信支付示例需要 PKCS#8（BEGIN PRIVATE KEY），请转换。"
        }
        Oddity::Rc2Bundle => {
            "PKCS#12 使用 40 位 RC2 加密，没有保护作用，OpenSSL 3 会拒绝（0308010C），请转换为 AES-256。"
        }
    }
}
