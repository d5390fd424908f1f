//! A request for a refund, read from its body.

use std::collections::BTreeMap;

use jiff::Timestamp;
use reqwest::Url;
use utoipa::ToSchema;
use wechatpay::ids::{OutRefundNo, OutTradeNo, SubMchid, TransactionId};
use wechatpay::money::{Currency, Money};
use wechatpay::v3::refund::submit::Reason;

use crate::api::problem::Problem;
use crate::api::request::fields::Fields;
use crate::gateway::World;

/// How many notes a refund may bear, and how many bytes a name and a value may have.
const METADATA: (usize, usize, usize) = (50, 40, 500);

/// The longest address for webhooks, in bytes.
const NOTIFY_URL_BYTES: usize = 512;

/// Whether nobody sees `c`, or it changes the direction of what is around it: on a till that reads as another text.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A refund that is asked for. One of `out_trade_no` and `transaction_id` is needed; both may be given.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
#[schema(as = NewRefund, example = json!({
    "sub_mchid": "1900000101", "out_trade_no": "T1", "out_refund_no": "R1",
    "amount": {"refund": 100, "total": 1000, "currency": "USD"}, "reason": "Returned goods"
}))]
pub struct Wanted {
    /// The sub-merchant. An institution's key must send it; a sub-merchant's key implies its own.
    #[schema(value_type = Option<String>, max_length = 32)]
    pub sub_mchid: Option<SubMchid>,
    /// The merchant's number of the order.
    #[schema(value_type = Option<String>, max_length = 32)]
    pub out_trade_no: Option<OutTradeNo>,
    /// WeChat Pay's number of the order.
    #[schema(value_type = Option<String>, max_length = 32)]
    pub transaction_id: Option<TransactionId>,
    /// Your number of the refund. The same number and body again is the same refund; another number is another refund.
    #[schema(value_type = String, max_length = 64)]
    pub out_refund_no: OutRefundNo,
    /// What to pay back.
    pub amount: WantedAmount,
    /// Shown to the payer, 80 bytes at most.
    #[schema(value_type = Option<String>, max_length = 80)]
    pub reason: Option<Reason>,
    /// When it is no longer to be attempted; later than now.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub deadline: Option<Timestamp>,
    /// Kept for the webhook of this refund; webhooks are not sent yet.
    #[schema(format = "uri", max_length = 512)]
    pub notify_url: Option<String>,
    /// Your own notes, shown with the refund and never sent on.
    pub metadata: Option<BTreeMap<String, String>>,
    /// Takes over a refund that another system began.
    pub adopt: Option<Adopt>,
}

/// What to pay back, in minor units of the order's price currency.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
#[schema(as = NewRefundAmount)]
pub struct WantedAmount {
    /// To refund, above zero.
    #[schema(value_type = i64, minimum = 1)]
    pub refund: Money,
    /// The order's amount, above zero.
    #[schema(value_type = i64, minimum = 1)]
    pub total: Money,
    /// ISO 4217.
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
}

/// A refund that another system began: it is asked about before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
pub struct Adopt {
    /// The number it bears at WeChat Pay.
    #[schema(value_type = String, max_length = 64)]
    pub out_refund_no: OutRefundNo,
}

impl Wanted {
    /// The request written in `bytes`.
    pub fn read(bytes: &[u8], world: World) -> Result<Wanted, Problem> {
        let fields = Fields::read(
            bytes,
            &[
                "sub_mchid",
                "out_trade_no",
                "transaction_id",
                "out_refund_no",
                "amount",
                "reason",
                "deadline",
                "notify_url",
                "metadata",
                "adopt",
            ],
        )?;
        let wanted = Wanted {
            sub_mchid: fields.optional("sub_mchid", SubMchid::parse)?,
            out_trade_no: fields.optional("out_trade_no", OutTradeNo::parse)?,
            transaction_id: fields.optional("transaction_id", TransactionId::parse)?,
            out_refund_no: fields.required("out_refund_no", OutRefundNo::parse)?,
            amount: amount(&fields)?,
            reason: fields.optional("reason", |text| match text {
                "" => Err("is empty; leave it out".to_owned()),
                _ if text.chars().any(is_invisible) => {
                    Err("has characters that nobody sees or that turn the text around; leave them out"
                        .to_owned())
                }
                _ => Reason::parse(text).map_err(|error| error.to_string()),
            })?,
            deadline: fields.optional_instant("deadline")?,
            notify_url: fields.optional("notify_url", |text| notify_url(text, world))?,
            metadata: metadata(&fields)?,
            adopt: adopt(&fields)?,
        };
        if wanted.out_trade_no.is_none() && wanted.transaction_id.is_none() {
            let problem = fields.missing("out_trade_no");
            return Err(problem.detail("Give `out_trade_no` or `transaction_id`."));
        }
        Ok(wanted)
    }
}

fn amount(fields: &Fields) -> Result<WantedAmount, Problem> {
    let amount = fields.object("amount", &["refund", "total", "currency"])?;
    let currency = amount.currency("currency")?;
    Ok(WantedAmount {
        refund: amount.money("refund", currency)?,
        total: amount.money("total", currency)?,
        currency,
    })
}

fn adopt(fields: &Fields) -> Result<Option<Adopt>, Problem> {
    let Some(adopt) = fields.optional_object("adopt", &["out_refund_no"])? else { return Ok(None) };
    Ok(Some(Adopt { out_refund_no: adopt.required("out_refund_no", OutRefundNo::parse)? }))
}

/// An address for webhooks: `https`, or in a sandbox's world `http` to this machine.
fn notify_url(text: &str, world: World) -> Result<String, String> {
    if text.len() > NOTIFY_URL_BYTES {
        return Err(format!("has {} bytes; {NOTIFY_URL_BYTES} at most", text.len()));
    }
    let url = Url::parse(text).map_err(|error| format!("is no address: {error}"))?;
    let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let scheme_is_taken = match url.scheme() {
        "https" => true,
        "http" => world == World::Sandbox && loopback,
        _ => false,
    };
    if !scheme_is_taken {
        return Err("must begin with `https://`".to_owned());
    }
    let has_login = !url.username().is_empty() || url.password().is_some();
    if has_login || url.fragment().is_some() || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err("must have neither a login nor a fragment, and no blanks".to_owned());
    }
    Ok(text.to_owned())
}

fn metadata(fields: &Fields) -> Result<Option<BTreeMap<String, String>>, Problem> {
    let (most, name_bytes, value_bytes) = METADATA;
    let notes = fields.optional_texts("metadata", |name, value| {
        if name.is_empty() || name.len() > name_bytes || value.len() > value_bytes {
            return Err(format!("names have 1 to {name_bytes} bytes, values {value_bytes} at most"));
        }
        if name.chars().chain(value.chars()).any(char::is_control) {
            return Err("has a control character".to_owned());
        }
        Ok(())
    })?;
    match &notes {
        Some(notes) if notes.len() > most => {
            Err(fields.invalid("metadata", format!("has {} members; {most} at most", notes.len())))
        }
        _ => Ok(notes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhooks_go_to_https_and_in_a_sandbox_to_this_machine() {
        for (url, production, sandbox) in [
            ("https://shop.example/hooks?shop=1", true, true),
            ("http://127.0.0.1:8080/n", false, true),
            ("http://localhost/n", false, true),
            ("http://[::1]/n", false, true),
            ("http://shop.example/n", false, false),
            ("http://127.0.0.1.example/n", false, false),
            ("https://user@shop.example/", false, false),
            ("https://shop.example/#a", false, false),
            ("https://shop.example/a b", false, false),
            ("ftp://shop.example/", false, false),
            ("https://", false, false),
            ("/hooks", false, false),
        ] {
            let taken = [World::Production, World::Sandbox].map(|world| notify_url(url, world).is_ok());
            assert_eq!(taken, [production, sandbox], "{url}");
        }
    }
}
