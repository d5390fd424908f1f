//! An order as queries, Quick Pay answers and notifications tell it.
//!
//! Source: [global-payment].

use jiff::Timestamp;

use crate::ids::{BankType, OutTradeNo, TransactionId};
use crate::money::{Currency, Money};
use crate::v3::caller::{Merchant, Region};
use crate::v3::json::{Fields, Message, MessageError, ObjectWriter};
use crate::v3::refund::call::OrderName;
use crate::v3::refund::record::ExchangeRate;
use crate::v3::words::{TradeState, TradeType};

/// The amounts of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderAmount {
    /// In the price currency.
    pub total: Money,
    /// What the payer paid. Known only if both amount and currency are given.
    pub payer_total: Option<Money>,
    /// The rate between the two.
    pub exchange_rate: Option<ExchangeRate>,
}

/// An order as the platform tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Whose order, if it is said.
    pub merchant: Option<Merchant>,
    /// Its number at WeChat Pay; an unpaid order may have none yet.
    pub transaction_id: Option<TransactionId>,
    /// Its number at the merchant.
    pub out_trade_no: OutTradeNo,
    /// The text that was given with it.
    pub attach: Option<String>,
    /// How it is paid.
    pub trade_type: Option<TradeType>,
    /// The payer's instrument.
    pub bank_type: Option<BankType>,
    /// When it was paid.
    pub success_time: Option<Timestamp>,
    /// How far it is.
    pub trade_state: TradeState,
    /// The same in words.
    pub trade_state_desc: Option<String>,
    /// The amounts.
    pub amount: Option<OrderAmount>,
}

/// Where an order is told, for WeChat Pay's number has two names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderPlace {
    /// In an answer: `id` on the global wire, `transaction_id` on the mainland's.
    Answer,
    /// In a notification: `transaction_id`.
    Notification,
}

impl Order {
    /// The order in a body that was verified.
    pub fn parse(region: Region, body: &[u8]) -> Result<Order, MessageError> {
        Order::read(region, &Message::parse(body)?.fields())
    }

    pub(crate) fn read(region: Region, fields: &Fields<'_>) -> Result<Order, MessageError> {
        let id = fields.optional_parsed("id", TransactionId::parse)?;
        let transaction_id = fields.optional_parsed("transaction_id", TransactionId::parse)?;
        if id.is_some() && transaction_id.is_some() && id != transaction_id {
            return Err(fields.bad_value("transaction_id", "differs from id"));
        }
        let text = |key| fields.optional_text(key).map(|text| text.map(str::to_owned));
        Ok(Order {
            merchant: Merchant::read_if_named(fields)?,
            transaction_id: transaction_id.or(id),
            out_trade_no: fields.parsed("out_trade_no", OutTradeNo::parse)?,
            attach: text("attach")?,
            trade_type: fields.optional_text("trade_type")?.map(TradeType::parse),
            // An instrument in a new spelling says nothing about the money.
            bank_type: fields.optional_text("bank_type")?.and_then(|text| BankType::parse(text).ok()),
            success_time: fields.optional_instant("success_time")?,
            trade_state: TradeState::parse(fields.text("trade_state")?),
            trade_state_desc: text("trade_state_desc")?,
            amount: match fields.optional_object("amount")? {
                Some(amount) => read_amount(region, &amount)?,
                None => None,
            },
        })
    }

    /// The body of an answer, or of a notification before it is sealed.
    pub fn render(&self, region: Region, place: OrderPlace) -> String {
        let id_key = match (region, place) {
            (Region::Global, OrderPlace::Answer) => "id",
            _ => "transaction_id",
        };
        ObjectWriter::render(|object| {
            object.optional_text(id_key, self.transaction_id.as_ref().map(TransactionId::as_str));
            if let Some(merchant) = &self.merchant {
                merchant.write(object);
            }
            object.text("out_trade_no", self.out_trade_no.as_str());
            object.optional_text("attach", self.attach.as_deref());
            object.optional_text("trade_type", self.trade_type.as_ref().map(TradeType::as_str));
            object.optional_text("bank_type", self.bank_type.as_ref().map(BankType::as_str));
            object.optional_instant("success_time", self.success_time);
            object.text("trade_state", self.trade_state.as_str());
            object.optional_text("trade_state_desc", self.trade_state_desc.as_deref());
            if let Some(amount) = &self.amount {
                object.object("amount", |object| {
                    object.money("total", "currency", amount.total);
                    if let Some(payer_total) = amount.payer_total {
                        object.money("payer_total", "payer_currency", payer_total);
                    }
                    if let Some(rate) = &amount.exchange_rate {
                        rate.write(object);
                    }
                });
            }
        })
    }

    /// Whether this is the order asked for. A signature does not tie an answer to its question.
    pub fn is_named(&self, name: &OrderName) -> bool {
        name.is_one_of(self.transaction_id.as_ref(), Some(&self.out_trade_no))
    }
}

/// The amounts of an order; `None` while the platform gives no total, as mainland answers about unpaid orders do.
fn read_amount(region: Region, amount: &Fields<'_>) -> Result<Option<OrderAmount>, MessageError> {
    let currency_of = |key| -> Result<Option<Currency>, MessageError> {
        let currency = amount.optional_parsed(key, Currency::parse)?;
        Ok(if region == Region::Mainland { currency.or(Some(Currency::CNY)) } else { currency })
    };
    if amount.optional_integer("total")?.is_none() {
        return Ok(None);
    }
    let currency = currency_of("currency")?.ok_or_else(|| amount.missing("currency"))?;
    let payer_total = match currency_of("payer_currency")? {
        Some(payer_currency) => amount.optional_money("payer_total", payer_currency)?,
        None => None,
    };
    let total = amount.money("total", currency)?;
    Ok(Some(OrderAmount { total, payer_total, exchange_rate: ExchangeRate::read(amount)? }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ids::{Mchid, SubMchid};
    use crate::v3::words::RateType;

    fn merchant() -> Merchant {
        Merchant::SubMerchant {
            sp_mchid: Mchid::parse("1900000100").unwrap(),
            sub_mchid: SubMchid::parse("1900000109").unwrap(),
        }
    }

    fn order() -> Order {
        Order {
            merchant: Some(merchant()),
            transaction_id: Some(TransactionId::parse("42000003").unwrap()),
            out_trade_no: OutTradeNo::parse("T1").unwrap(),
            attach: None,
            trade_type: Some(TradeType::Micropay),
            bank_type: Some(BankType::parse("CMB_CREDIT").unwrap()),
            success_time: Some("2025-08-02T10:05:00+08:00".parse().unwrap()),
            trade_state: TradeState::Success,
            trade_state_desc: Some("支付成功".to_owned()),
            amount: Some(OrderAmount {
                total: Money::new(888, Currency::USD),
                payer_total: Some(Money::fen(6400)),
                exchange_rate: Some(ExchangeRate { kind: RateType::SettlementRate, rate: 720_720_721 }),
            }),
        }
    }

    #[test]
    fn an_order_is_written_and_read_back_in_every_place() {
        for (region, place, key) in [
            (Region::Global, OrderPlace::Answer, "{\"id\""),
            (Region::Global, OrderPlace::Notification, "{\"transaction_id\""),
            (Region::Mainland, OrderPlace::Answer, "{\"transaction_id\""),
        ] {
            let body = order().render(region, place);
            assert!(body.starts_with(key), "{body}");
            assert_eq!(Order::parse(region, body.as_bytes()), Ok(order()));
        }
        let by_id = OrderName::TransactionId(TransactionId::parse("42000003").unwrap());
        let by_number = OrderName::OutTradeNo(OutTradeNo::parse("T2").unwrap());
        assert!(order().is_named(&by_id) && !order().is_named(&by_number));
    }

    #[test]
    fn an_unpaid_order_lacks_most_of_it() {
        let body =
            br#"{"out_trade_no":"T1","trade_state":"NOTPAY","amount":{"currency":"CNY"},"bank_type":"?"}"#;
        let order = Order::parse(Region::Mainland, body).unwrap();
        assert_eq!((order.amount, order.bank_type, order.trade_state), (None, None, TradeState::Notpay));
        let body = br#"{"out_trade_no":"T1","trade_state":"SUCCESS","id":"1","transaction_id":"2"}"#;
        assert_eq!(Order::parse(Region::Global, body).unwrap_err().field(), Some("transaction_id"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_order_or_an_error(at in any::<prop::sample::Index>(), new in prop::collection::vec(any::<u8>(), 0..9)) {
            let body = order().render(Region::Global, OrderPlace::Answer).into_bytes();
            let at = at.index(body.len());
            let changed: Vec<u8> = body[..at].iter().chain(&new).chain(&body[at..]).copied().collect();
            let _ = Order::parse(Region::Global, &changed).is_ok();
        }
    }
}
