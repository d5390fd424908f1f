//! How a message names an order: by either of its numbers.

use crate::ids::{OutTradeNo, TransactionId};
use crate::v2::message::{Message, MessageError};
use crate::v2::xml::XmlWriter;
use crate::v3::refund::call::OrderName;

/// The order that `message` names; where both numbers are given, WeChat Pay's own wins. Source: [v2-refund].
pub(crate) fn read(message: &Message) -> Result<OrderName, MessageError> {
    if let Some(id) = message.optional_parsed("transaction_id", TransactionId::parse)? {
        return Ok(OrderName::TransactionId(id));
    }
    match message.optional_parsed("out_trade_no", OutTradeNo::parse)? {
        Some(number) => Ok(OrderName::OutTradeNo(number)),
        None => Err(MessageError::missing("transaction_id")),
    }
}

pub(crate) fn write(order: &OrderName, xml: &mut XmlWriter) {
    match order {
        OrderName::TransactionId(id) => xml.text("transaction_id", id.as_str()),
        OrderName::OutTradeNo(number) => xml.text("out_trade_no", number.as_str()),
    }
}
