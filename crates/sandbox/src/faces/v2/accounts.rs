//! Red packets and transfers: certificate, signature and fields are looked at, and no money moves.
//!
//! They are here for whoever wants to try a client certificate: without a good one they answer `CA_ERROR`, with one that
//! the account is empty, or that there is no such number. Source: [v2-red-packet], [v2-company-payment].

use wechatpay::v2::message::{Message, MessageError};

use super::route::Call;

/// The fields that every such request has, beside the merchant id, the nonce and the signature.
fn required(call: Call) -> &'static [&'static str] {
    match call {
        Call::RedPacket => &[
            "nonce_str",
            "mch_billno",
            "wxappid",
            "send_name",
            "re_openid",
            "total_amount",
            "total_num",
            "wishing",
            "client_ip",
            "act_name",
            "remark",
        ],
        Call::QueryRedPacket => &["nonce_str", "mch_billno", "appid", "bill_type"],
        Call::Transfer => {
            &["nonce_str", "mch_appid", "partner_trade_no", "openid", "check_name", "amount", "desc"]
        }
        Call::QueryTransfer => &["nonce_str", "partner_trade_no", "appid"],
        _ => &[],
    }
}

/// Whether all fields of `call` are there.
pub(crate) fn check_fields(call: Call, message: &Message) -> Result<(), MessageError> {
    required(call).iter().try_for_each(|field| message.text(field).map(|_| ()))
}
