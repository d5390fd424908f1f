//! Placing an order that the payer pays by scanning a code (native) or by showing one (Quick Pay).
//!
//! Source: [global-payment].

use std::fmt;

use jiff::Timestamp;

use crate::ids::OutTradeNo;
use crate::money::{Currency, Money};
use crate::v3::caller::{Caller, Region};
use crate::v3::json::{Message, MessageError, ObjectWriter};
use crate::v3::refund::submit::NotifyUrl;
use crate::v3::words::TradeType;

/// The payer's code that a cashier scans: 18 digits beginning with 10 to 15, good for one order and one minute.
///
/// It is as good as the payer's wallet for that minute, so it is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthCode(String);

impl AuthCode {
    /// The code `text`.
    pub fn parse(text: &str) -> Result<AuthCode, &'static str> {
        let digits = text.len() == 18 && text.bytes().all(|b| b.is_ascii_digit());
        let prefix = matches!(text.as_bytes(), [b'1', b'0'..=b'5', ..]);
        if digits && prefix {
            Ok(AuthCode(text.to_owned()))
        } else {
            Err("is not 18 digits beginning with 10 to 15")
        }
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AuthCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthCode(***)")
    }
}

/// How an order is to be paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payment {
    /// The payer scans a code; the platform notifies `notify_url`.
    Native {
        /// Where to send the payment's notification.
        notify_url: NotifyUrl,
    },
    /// The cashier scanned the payer's code.
    QuickPay {
        /// That code.
        auth_code: AuthCode,
    },
}

/// A request to place an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRequest {
    /// Who sells.
    pub caller: Caller,
    /// The order's number.
    pub out_trade_no: OutTradeNo,
    /// What is sold.
    pub description: String,
    /// A text that comes back with the order.
    pub attach: Option<String>,
    /// What kind of trade the merchant is in, four digits; global pages require it.
    pub merchant_category_code: Option<String>,
    /// When the code ceases to be good.
    pub time_expire: Option<Timestamp>,
    /// What is to be paid, in the price currency.
    pub total: Money,
    /// How.
    pub payment: Payment,
}

impl OrderRequest {
    /// The body.
    pub fn render(&self) -> String {
        let global = self.caller.region() == Region::Global;
        ObjectWriter::render(|object| {
            self.caller.write(object);
            object.text("out_trade_no", self.out_trade_no.as_str());
            object.text("description", &self.description);
            object.optional_text("attach", self.attach.as_deref());
            let trade_type = match &self.payment {
                Payment::Native { notify_url } => {
                    object.text("notify_url", notify_url.as_str());
                    TradeType::Native
                }
                Payment::QuickPay { auth_code } => {
                    object.object("payer", |object| object.text("auth_code", auth_code.as_str()));
                    TradeType::Micropay
                }
            };
            if global {
                object.text("trade_type", trade_type.as_str());
            }
            object.optional_text("merchant_category_code", self.merchant_category_code.as_deref());
            object.optional_instant("time_expire", self.time_expire);
            object.object("amount", |object| object.money("total", "currency", self.total));
        })
    }

    /// The request in the `body` of a native (`quick_pay` false) or Quick Pay order. Unknown keys are left alone.
    pub fn parse(region: Region, quick_pay: bool, body: &[u8]) -> Result<OrderRequest, MessageError> {
        let message = Message::parse(body)?;
        let fields = message.fields();
        let amount = fields.object("amount")?;
        let currency = match (region, amount.optional_parsed("currency", Currency::parse)?) {
            (_, Some(currency)) => currency,
            (Region::Mainland, None) => Currency::CNY,
            (Region::Global, None) => return Err(amount.missing("currency")),
        };
        let total = amount.money("total", currency)?;
        if total.minor() == 0 {
            return Err(amount.bad_value("total", "must be above zero"));
        }
        let payment = if quick_pay {
            Payment::QuickPay { auth_code: fields.object("payer")?.parsed("auth_code", AuthCode::parse)? }
        } else {
            Payment::Native { notify_url: fields.parsed("notify_url", NotifyUrl::parse)? }
        };
        let optional_text = |key| fields.optional_text(key).map(|text| text.map(str::to_owned));
        Ok(OrderRequest {
            caller: Caller::read(region, &fields)?,
            out_trade_no: fields.parsed("out_trade_no", OutTradeNo::parse)?,
            description: fields.text("description")?.to_owned(),
            attach: optional_text("attach")?,
            merchant_category_code: optional_text("merchant_category_code")?,
            time_expire: fields.optional_instant("time_expire")?,
            total,
            payment,
        })
    }
}

/// The answer to a native order: the text of the code that the payer scans.
pub fn render_code_url(code_url: &str) -> String {
    ObjectWriter::render(|object| object.text("code_url", code_url))
}

/// The code's text in a body that was verified.
pub fn parse_code_url(body: &[u8]) -> Result<String, MessageError> {
    Message::parse(body)?.fields().text("code_url").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ids::{Appid, Mchid, SubMchid};
    use crate::v3::caller::Merchant;

    fn request(payment: Payment) -> OrderRequest {
        OrderRequest {
            caller: Caller::Direct {
                mchid: Mchid::parse("1900000001").unwrap(),
                appid: Appid::parse("wx1").unwrap(),
            },
            out_trade_no: OutTradeNo::parse("T1").unwrap(),
            description: "tea".to_owned(),
            attach: None,
            merchant_category_code: Some("1011".to_owned()),
            time_expire: None,
            total: Money::new(1750, Currency::HKD),
            payment,
        }
    }

    #[test]
    fn orders_are_written_and_read_back() {
        let quick = request(Payment::QuickPay { auth_code: AuthCode::parse("134567890123456789").unwrap() });
        assert_eq!(
            quick.render(),
            "{\"mchid\":\"1900000001\",\"appid\":\"wx1\",\"out_trade_no\":\"T1\",\"description\":\"tea\",\
             \"payer\":{\"auth_code\":\"134567890123456789\"},\"trade_type\":\"MICROPAY\",\
             \"merchant_category_code\":\"1011\",\"amount\":{\"total\":1750,\"currency\":\"HKD\"}}"
        );
        assert_eq!(OrderRequest::parse(Region::Global, true, quick.render().as_bytes()), Ok(quick.clone()));
        assert!(!format!("{quick:?}").contains("134567890123456789"));
        let native =
            request(Payment::Native { notify_url: NotifyUrl::parse("https://m.example/n").unwrap() });
        assert_eq!(
            OrderRequest::parse(Region::Global, false, native.render().as_bytes()),
            Ok(native.clone())
        );
        let error = OrderRequest::parse(Region::Global, true, native.render().as_bytes()).unwrap_err();
        assert_eq!(error.field(), Some("payer"));
        let merchant = Merchant::SubMerchant {
            sp_mchid: Mchid::parse("1900000100").unwrap(),
            sub_mchid: SubMchid::parse("1900000109").unwrap(),
        };
        let mainland = OrderRequest {
            caller: Caller::Mainland { merchant, appid: Some(Appid::parse("wx1").unwrap()) },
            ..native
        };
        assert_eq!(OrderRequest::parse(Region::Mainland, false, mainland.render().as_bytes()), Ok(mainland));
    }

    #[test]
    fn a_payers_code_has_18_digits_and_one_of_six_beginnings() {
        for (text, taken) in [
            ("104567890123456789", true),
            ("154567890123456789", true),
            ("164567890123456789", false),
            ("10456789012345678", false),
            ("1045678901234567890", false),
            ("10456789012345678a", false),
        ] {
            assert_eq!(AuthCode::parse(text).is_ok(), taken, "{text}");
        }
    }

    #[test]
    fn the_code_that_the_payer_scans_is_read_back() {
        let body = render_code_url("weixin://wxpay/s/An4baqw");
        assert_eq!(parse_code_url(body.as_bytes()).unwrap(), "weixin://wxpay/s/An4baqw");
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_request_or_an_error(at in any::<prop::sample::Index>(), new in prop::collection::vec(any::<u8>(), 0..9)) {
            let auth_code = AuthCode::parse("134567890123456789").unwrap();
            let body = request(Payment::QuickPay { auth_code }).render().into_bytes();
            let at = at.index(body.len());
            let changed: Vec<u8> = body[..at].iter().chain(&new).chain(&body[at..]).copied().collect();
            let _ = OrderRequest::parse(Region::Global, true, &changed).is_ok();
        }
    }
}
