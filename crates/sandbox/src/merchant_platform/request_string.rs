//! What was pasted as a request string, held against the platform's own record of the merchant.
//!
//! A request that names somebody else is refused. One that names nobody is taken: the certificate bears the platform's record
//! whatever the request asks for. Source: [certificate-request], \[inferred].

use certs::request::{Difference, MerchantId, MerchantName, RequestError, differences, read};

use super::frame::View;
use crate::authority::Holder;

/// Why a request string is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RequestRefused {
    /// It cannot be used, whoever it is from.
    #[error("{cause}. {}", .cause.what_to_do())]
    NotUsable {
        /// Why not.
        #[from]
        cause: RequestError,
    },
    /// It names another merchant.
    #[error(
        "the merchant name and the login account do not agree: {0}. Copy merchant id and name from the API Security page and make \
         a new request string"
    )]
    OtherMerchant(Difference),
}

/// The public key in the request string, as DER.
pub(crate) fn key_in(text: &str, holder: Holder<'_>) -> Result<Vec<u8>, RequestRefused> {
    let csr = read(text.as_bytes())?;
    // A world may have merchant ids and names that no certificate has room for; then nothing can agree with them.
    if let (Ok(id), Ok(name)) =
        (MerchantId::parse(holder.mchid.as_str()), MerchantName::parse(holder.company_name))
    {
        let asks_otherwise = |difference: &Difference| match difference {
            Difference::MerchantId { asked, .. } | Difference::MerchantName { asked, .. } => {
                !asked.is_empty()
            }
        };
        if let Some(difference) = differences(&csr, &id, &name).into_iter().find(asks_otherwise) {
            return Err(RequestRefused::OtherMerchant(difference));
        }
    }
    Ok(csr.public_key.spki().to_vec())
}

/// The refusal as the page says it.
pub(crate) fn words(view: &View, refused: &RequestRefused) -> String {
    let chinese = match refused {
        RequestRefused::NotUsable { cause } => match cause {
            RequestError::Unreadable(_) => "无法读取请求串，请从证书工具完整复制后重新粘贴。",
            RequestError::NotRequest(_) => "粘贴的内容不是请求串，请从证书工具复制请求串。",
            RequestError::Several { .. } => "请只粘贴一个请求串。",
            RequestError::Sm2Key | RequestError::NotRsaKey | RequestError::KeyTooShort { .. } => {
                "请求串的密钥必须是 2048 位以上的 RSA 密钥，请重新生成。"
            }
            RequestError::BadSignature => "请求串的签名有误，请完整复制后重新粘贴。",
            RequestError::UnknownSignature { .. } => "不支持该请求串的签名算法，请重新生成。",
        },
        RequestRefused::OtherMerchant(_) => {
            "商户名称与登录账号不一致，请从 API 安全页面复制商户号和商户名称后重新生成请求串。"
        }
    };
    view.tell(super::words::sentence(&refused.to_string()), chinese.to_owned())
}
