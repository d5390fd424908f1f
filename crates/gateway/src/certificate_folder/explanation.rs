//! 证书使用说明.txt: what the files are, in Chinese and in English, for whoever finds them later.

use certs::certificate::Certificate;
use certs::lifecycle::{Policy, china, support_hours};
use certs::request::MerchantId;

/// What it is about.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The certificate.
    pub certificate: &'a Certificate,
    /// Whose it is.
    pub merchant_id: &'a MerchantId,
    /// Whether the PKCS#12 file opens with the merchant id; another password is not written down.
    pub password_is_merchant_id: bool,
}

/// The text, with line feeds. It holds no secret but what everybody knows, the merchant id.
pub fn text(facts: &Facts<'_>) -> String {
    let Facts { certificate, merchant_id, password_is_merchant_id } = facts;
    let name = certificate.subject.organizational_unit().unwrap_or_default();
    let serial = certificate.serial.hex();
    let (from, through) = (china::text(certificate.not_before), china::text(certificate.not_after));
    let opens = Policy::classic().notice_before;
    let renewal = china::text(china::before(certificate.not_after, opens));
    let (password_zh, password_en) = match password_is_merchant_id {
        true => ("密码为商户号", "its password is the merchant id"),
        false => ("密码为生成时另行设置的密码", "its password is the one that was chosen when it was made"),
    };
    let (hours_zh, hours_en) = (support_hours::CHINESE, support_hours::ENGLISH);
    format!(
        "\
微信支付商户 API 证书使用说明

商户号：{merchant_id}
商户名称：{name}
证书序列号：{serial}
有效期：{from} 至 {through}（北京时间）

文件说明
  apiclient_key.pem   商户 API 私钥（PKCS#8，PEM 格式）。请勿外传，遗失后无法找回。
  apiclient_cert.pem  商户 API 证书（PEM 格式）。
  apiclient_cert.p12  证书与私钥（PKCS#12 格式），{password_zh}。
  request_string.pem  证书请求串。

更新
  自 {renewal} 起可在商户平台「账户中心 - 账户设置 - API 安全」续期。续期沿用同一私钥：
  将新的证书串用 tidegate cert install 安装到本文件夹即可，旧证书保留在 .previous 中。
  更换证书须在新的文件夹中重新申请。
  请用 tidegate cert backup 备份本文件夹，并将备份与口令分开保存。
  微信支付客服时间：{hours_zh}

----------------------------------------------------------------------

WeChat Pay merchant API certificate

Merchant id:    {merchant_id}
Merchant name:  {name}
Serial number:  {serial}
Valid:          {from} through {through} (China time)

The files
  apiclient_key.pem   The private key, PKCS#8 in PEM. Give it to nobody; once lost it cannot be recovered.
  apiclient_cert.pem  The certificate in PEM.
  apiclient_cert.p12  Certificate and private key, PKCS#12; {password_en}.
  request_string.pem  The request string.

Keeping it up to date
  From {renewal} (China time) it can be renewed on the Merchant Platform, Account Center > Account Setting >
  API Security. A renewal keeps the key: install the new certificate string into this folder with
  `tidegate cert install`; the old certificate stays in .previous. A changed certificate needs a new folder.
  Back this folder up with `tidegate cert backup`, and keep the backup apart from its passphrase.
  WeChat Pay support: {hours_en}
"
    )
}
