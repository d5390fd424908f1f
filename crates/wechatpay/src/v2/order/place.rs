//! Placing an order: with the code that the payer shows, or for a code that the payer scans.
//!
//! Source: [v2-payment].

use jiff::Timestamp;

use crate::ids::OutTradeNo;
use crate::money::{Currency, Money};
use crate::v2::answer;
use crate::v2::caller::Caller;
use crate::v2::message::{Message, MessageError};
use crate::v2::sign::{SignType, UnsignedBody};
use crate::v2::time;
use crate::v3::order::place::{AuthCode, Payment};
use crate::v3::refund::submit::NotifyUrl;
use crate::v3::words::TradeType;

/// Where an order is placed and paid with the payer's code. No client certificate is needed.
pub const QUICK_PAY_PATH: &str = "/pay/micropay";
/// Where every other order is placed. No client certificate is needed.
pub const UNIFIED_PATH: &str = "/pay/unifiedorder";

/// A request to place an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRequest {
    /// Who sells.
    pub caller: Caller,
    /// The order's number.
    pub out_trade_no: OutTradeNo,
    /// What is sold (`body`).
    pub description: String,
    /// A text that comes back with the order.
    pub attach: Option<String>,
    /// When the code ceases to be good.
    pub time_expire: Option<Timestamp>,
    /// What is to be paid, in the price currency.
    pub total: Money,
    /// Where the till is, by its address. The pages ask for it; nothing hangs on it.
    pub spbill_create_ip: Option<String>,
    /// How.
    pub payment: Payment,
}

impl OrderRequest {
    /// Where it is sent.
    pub fn path(&self) -> &'static str {
        match self.payment {
            Payment::QuickPay { .. } => QUICK_PAY_PATH,
            Payment::Native { .. } => UNIFIED_PATH,
        }
    }

    /// The request, ready to be signed.
    pub fn render(&self, sign_type: SignType) -> UnsignedBody {
        UnsignedBody::render_request(sign_type, |xml| {
            self.caller.write(xml);
            xml.text("out_trade_no", self.out_trade_no.as_str());
            xml.text("body", &self.description);
            xml.optional_text("attach", self.attach.as_deref());
            xml.integer("total_fee", self.total.minor());
            xml.text("fee_type", self.total.currency().code());
            xml.optional_text("spbill_create_ip", self.spbill_create_ip.as_deref());
            xml.optional_text("time_expire", self.time_expire.map(time::render_compact).as_deref());
            match &self.payment {
                Payment::QuickPay { auth_code } => xml.text("auth_code", auth_code.as_str()),
                Payment::Native { notify_url } => {
                    xml.text("notify_url", notify_url.as_str());
                    xml.text("trade_type", TradeType::Native.as_str());
                    xml.text("product_id", self.out_trade_no.as_str());
                }
            }
        })
    }

    /// The request in `message`, sent to [`QUICK_PAY_PATH`] (`quick_pay`) or [`UNIFIED_PATH`]. Of the latter's kinds of
    /// trade only `NATIVE` is read.
    pub fn read(quick_pay: bool, message: &Message) -> Result<OrderRequest, MessageError> {
        let currency = message.optional_currency("fee_type")?.unwrap_or(Currency::CNY);
        let total = message.money("total_fee", currency)?;
        if total.minor() == 0 {
            return Err(MessageError::bad_value("total_fee", "must be above zero"));
        }
        let payment = if quick_pay {
            Payment::QuickPay { auth_code: message.parsed("auth_code", AuthCode::parse)? }
        } else {
            if TradeType::parse(message.text("trade_type")?) != TradeType::Native {
                return Err(MessageError::bad_value("trade_type", "is not NATIVE"));
            }
            Payment::Native { notify_url: message.parsed("notify_url", NotifyUrl::parse)? }
        };
        let optional_text = |name| message.optional_text(name).map(|text| text.map(str::to_owned));
        Ok(OrderRequest {
            caller: Caller::read(message)?,
            out_trade_no: message.parsed("out_trade_no", OutTradeNo::parse)?,
            description: message.text("body")?.to_owned(),
            attach: optional_text("attach")?,
            time_expire: message.optional_parsed("time_expire", time::parse_compact)?,
            total,
            spbill_create_ip: optional_text("spbill_create_ip")?,
            payment,
        })
    }
}

/// The answer to an order whose code the payer scans: the text of that code, and an id that is good for two hours.
pub fn render_code_url(
    sign_type: SignType,
    caller: &Caller,
    prepay_id: &str,
    code_url: &str,
) -> UnsignedBody {
    answer::success(sign_type, caller, |xml| {
        xml.text("trade_type", TradeType::Native.as_str());
        xml.text("prepay_id", prepay_id);
        xml.text("code_url", code_url);
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{Appid, Mchid};

    fn request(payment: Payment) -> OrderRequest {
        let (mchid, appid) = (Mchid::parse("19").unwrap(), Appid::parse("wx1").unwrap());
        OrderRequest {
            caller: Caller::Direct { mchid, appid },
            out_trade_no: OutTradeNo::parse("T1").unwrap(),
            description: "Tea & cake".to_owned(),
            attach: Some("table 4".to_owned()),
            time_expire: Some("2025-08-02T10:00:00+08:00".parse().unwrap()),
            total: Money::new(888, Currency::USD),
            spbill_create_ip: Some("127.0.0.1".to_owned()),
            payment,
        }
    }

    #[test]
    fn both_kinds_of_order_are_written_and_read_back() {
        let code = Payment::QuickPay { auth_code: AuthCode::parse("130000000000000001").unwrap() };
        let url = Payment::Native { notify_url: NotifyUrl::parse("https://example.com/n").unwrap() };
        for (payment, quick_pay) in [(code, true), (url, false)] {
            let request = request(payment);
            let rendered = request.render(SignType::Md5);
            assert_eq!(request.path() == QUICK_PAY_PATH, quick_pay);
            assert_eq!(OrderRequest::read(quick_pay, rendered.message()), Ok(request));
            assert!(OrderRequest::read(!quick_pay, rendered.message()).is_err());
        }
    }

    #[test]
    fn a_bad_order_names_its_field() {
        let code = Payment::QuickPay { auth_code: AuthCode::parse("130000000000000001").unwrap() };
        let body = request(code).render(SignType::Md5).as_str().to_owned();
        for (from, to, field) in [
            (">888<", ">0<", "total_fee"),
            ("130000000000000001", "160000000000000001", "auth_code"),
            ("20250802100000", "2025-08-02", "time_expire"),
            ("Tea & cake", "", "body"),
        ] {
            let message = Message::parse(body.replace(from, to).as_bytes()).unwrap();
            assert_eq!(OrderRequest::read(true, &message).unwrap_err().field(), Some(field), "{from} → {to}");
        }
    }
}
