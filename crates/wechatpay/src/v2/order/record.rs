//! An order as queries, Quick Pay answers and payment notifications tell it. Source: [v2-payment].

use crate::ids::{BankType, OutTradeNo, TransactionId};
use crate::money::Currency;
use crate::v2::answer;
use crate::v2::caller::Caller;
use crate::v2::message::{Message, MessageError};
use crate::v2::refund::{payer_total, price_currency, rate, write_totals};
use crate::v2::sign::{SignType, UnsignedBody};
use crate::v2::time;
use crate::v2::xml::XmlWriter;
use crate::v3::order::record::{Order, OrderAmount};
use crate::v3::words::{TradeState, TradeType};

/// Where an order is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderPlace {
    /// In the answer to a question, with its state.
    Query,
    /// In the answer to Quick Pay or in a notification, which tell of paid orders only and name no state.
    Payment,
}

/// The order in a message that was verified. Prices are in `assumed` where it names no currency.
///
/// A message that names no state tells of a payment, and only payments come without one.
pub fn read(message: &Message, assumed: Currency) -> Result<Order, MessageError> {
    let currency = price_currency(message, assumed)?;
    let text = |name| message.optional_text(name).map(|text| text.map(str::to_owned));
    let amount = match message.optional_money("total_fee", currency)? {
        None => None,
        Some(total) => {
            Some(OrderAmount { total, payer_total: payer_total(message)?, exchange_rate: rate(message)? })
        }
    };
    Ok(Order {
        merchant: Caller::merchant_named(message)?,
        transaction_id: message.optional_parsed("transaction_id", TransactionId::parse)?,
        out_trade_no: message.parsed("out_trade_no", OutTradeNo::parse)?,
        attach: text("attach")?,
        trade_type: message.optional_text("trade_type")?.map(TradeType::parse),
        // An instrument in a new spelling says nothing about the money.
        bank_type: message.optional_text("bank_type")?.and_then(|text| BankType::parse(text).ok()),
        success_time: message.optional_parsed("time_end", time::parse_compact)?,
        trade_state: message.optional_text("trade_state")?.map_or(TradeState::Success, TradeState::parse),
        trade_state_desc: text("trade_state_desc")?,
        amount,
    })
}

/// The answer or notification to `caller` that tells `order`, ready to be signed. `openid` is the payer's.
pub fn render(
    order: &Order,
    place: OrderPlace,
    sign_type: SignType,
    caller: &Caller,
    openid: Option<&str>,
) -> UnsignedBody {
    answer::success(sign_type, caller, |xml| write(order, place, openid, xml))
}

fn write(order: &Order, place: OrderPlace, openid: Option<&str>, xml: &mut XmlWriter) {
    if openid.is_some() {
        xml.optional_text("openid", openid);
        xml.text("is_subscribe", "N");
    }
    if place == OrderPlace::Query {
        xml.text("trade_state", order.trade_state.as_str());
        xml.optional_text("trade_state_desc", order.trade_state_desc.as_deref());
    }
    xml.optional_text("trade_type", order.trade_type.as_ref().map(TradeType::as_str));
    xml.optional_text("bank_type", order.bank_type.as_ref().map(BankType::as_str));
    if let Some(OrderAmount { total, payer_total, exchange_rate }) = &order.amount {
        write_totals(xml, Some(*total), *payer_total, exchange_rate.as_ref());
    }
    xml.optional_text("transaction_id", order.transaction_id.as_ref().map(TransactionId::as_str));
    xml.text("out_trade_no", order.out_trade_no.as_str());
    xml.optional_text("attach", order.attach.as_deref());
    xml.optional_text("time_end", order.success_time.map(time::render_compact).as_deref());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{Appid, Mchid};
    use crate::money::Money;
    use crate::v3::refund::record::ExchangeRate;
    use crate::v3::words::RateType;

    fn caller() -> Caller {
        let (mchid, appid) = (Mchid::parse("19").unwrap(), Appid::parse("wx1").unwrap());
        Caller::Direct { mchid, appid }
    }

    fn order(trade_state: TradeState) -> Order {
        Order {
            merchant: Some(caller().merchant()),
            transaction_id: Some(TransactionId::parse("4200000174201809079044471634").unwrap()),
            out_trade_no: OutTradeNo::parse("T1").unwrap(),
            attach: Some("table 4".to_owned()),
            trade_type: Some(TradeType::Native),
            bank_type: Some(BankType::parse("CFT").unwrap()),
            success_time: Some("2018-09-07T16:10:30+08:00".parse().unwrap()),
            trade_state,
            trade_state_desc: None,
            amount: Some(OrderAmount {
                total: Money::new(888, Currency::USD),
                payer_total: Some(Money::fen(6400)),
                exchange_rate: Some(ExchangeRate { kind: RateType::UserpaymentRate, rate: 720_720_721 }),
            }),
        }
    }

    #[test]
    fn an_order_is_told_with_its_state_and_a_payment_without() {
        for (state, place) in [
            (TradeState::Refund, OrderPlace::Query),
            (TradeState::Notpay, OrderPlace::Query),
            (TradeState::Success, OrderPlace::Payment),
        ] {
            let body = render(&order(state.clone()), place, SignType::Md5, &caller(), Some("oSandbox"));
            assert_eq!(
                body.message().optional_text("trade_state").unwrap().is_some(),
                place == OrderPlace::Query
            );
            assert_eq!(read(body.message(), Currency::CNY), Ok(order(state)));
        }
    }

    #[test]
    fn without_a_currency_prices_are_in_the_assumed_one_and_payers_in_cny() {
        let body = "<xml><out_trade_no>T1</out_trade_no><trade_state>NOTPAY</trade_state><total_fee>888</total_fee>\
            <cash_fee>6400</cash_fee><rate>628.1225</rate></xml>";
        let order = read(&Message::parse(body.as_bytes()).unwrap(), Currency::HKD).unwrap();
        let amount = order.amount.unwrap();
        assert_eq!(
            (amount.total, amount.payer_total),
            (Money::new(888, Currency::HKD), Some(Money::fen(6400)))
        );
        assert_eq!(amount.exchange_rate, None);
    }
}
