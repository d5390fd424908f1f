//! Merchant id and merchant name. Their English says the remedy after a colon.

use certs::request::{MerchantIdError, MerchantNameError};

use super::Mistake;
use crate::wizard::frame::View;

impl Mistake {
    /// What is wrong with a merchant id.
    pub(in crate::wizard) fn of_merchant_id(view: &View, error: &MerchantIdError) -> Mistake {
        let chinese = match error {
            MerchantIdError::Empty => "未填写商户号。".to_owned(),
            MerchantIdError::NotADigit { character } => {
                format!("商户号只能包含数字，不能有“{}”。", character.escape_default())
            }
            MerchantIdError::Length { found } => format!("商户号应为 8 至 10 位数字，当前为 {found} 位。"),
        };
        Mistake::said(view, halves(&error.to_string()), (chinese, "请从商户平台的 API 安全页面复制商户号。"))
    }

    /// What is wrong with a merchant name.
    pub(in crate::wizard) fn of_merchant_name(view: &View, error: &MerchantNameError) -> Mistake {
        let (chinese, remedy) = match error {
            MerchantNameError::Empty => {
                ("未填写商户名称。".to_owned(), "请从商户平台的 API 安全页面复制商户名称。")
            }
            MerchantNameError::TooLong { found } => (
                format!(
                    "证书中的商户名称最长 {} 个字，当前为 {found} 个字。",
                    certs::request::MerchantName::LONGEST
                ),
                "请确认只复制了商户名称。",
            ),
            MerchantNameError::Control { character } => {
                (format!("商户名称中不能有“{}”。", character.escape_default()), "请手动重新输入商户名称。")
            }
        };
        Mistake::said(view, halves(&error.to_string()), (chinese, remedy))
    }
}

/// The clause and, as a sentence, what stands behind the colon.
fn halves(text: &str) -> (String, &'static str) {
    let (clause, _) = text.rsplit_once(": ").unwrap_or((text, ""));
    let remedies = [
        ("only the name", "Check that only the name was copied."),
        ("type the name anew", "Type the name anew."),
        ("", "Copy it from the API Security page of the Merchant Platform."),
    ];
    let remedy = remedies.iter().find(|(mark, _)| text.contains(mark)).map_or("", |(_, remedy)| remedy);
    (clause.to_owned(), remedy)
}
