//! The calls about an order that is there already: asking for it, closing it unpaid, reversing it.
//!
//! Source: [v2-payment].

use crate::ids::OutTradeNo;
use crate::v2::answer;
use crate::v2::caller::Caller;
use crate::v2::message::{Message, MessageError};
use crate::v2::sign::{SignType, UnsignedBody};
use crate::v3::refund::call::OrderName;

use super::name;

/// Where an order is asked for. No client certificate is needed.
pub const QUERY_PATH: &str = "/pay/orderquery";
/// Where an unpaid order is closed. No client certificate is needed.
pub const CLOSE_PATH: &str = "/pay/closeorder";
/// Where a Quick Pay order is reversed: paid back if it was paid, closed if not. Client certificate needed.
pub const REVERSE_PATH: &str = "/secapi/pay/reverse";

/// A question about an order, or the wish to reverse it: both name it in the same way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderQuery {
    /// Who asks.
    pub caller: Caller,
    /// Which order.
    pub order: OrderName,
}

impl OrderQuery {
    /// The question, ready to be signed.
    pub fn render(&self, sign_type: SignType) -> UnsignedBody {
        UnsignedBody::render_request(sign_type, |xml| {
            self.caller.write(xml);
            name::write(&self.order, xml);
        })
    }

    /// The question in `message`.
    pub fn read(message: &Message) -> Result<OrderQuery, MessageError> {
        Ok(OrderQuery { caller: Caller::read(message)?, order: name::read(message)? })
    }
}

/// A request to close an unpaid order, which only its merchant's number names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseRequest {
    /// Who closes.
    pub caller: Caller,
    /// Which order.
    pub out_trade_no: OutTradeNo,
}

impl CloseRequest {
    /// The request, ready to be signed.
    pub fn render(&self, sign_type: SignType) -> UnsignedBody {
        UnsignedBody::render_request(sign_type, |xml| {
            self.caller.write(xml);
            xml.text("out_trade_no", self.out_trade_no.as_str());
        })
    }

    /// The request in `message`.
    pub fn read(message: &Message) -> Result<CloseRequest, MessageError> {
        Ok(CloseRequest {
            caller: Caller::read(message)?,
            out_trade_no: message.parsed("out_trade_no", OutTradeNo::parse)?,
        })
    }
}

/// The answer to an order that was closed.
pub fn render_closed(sign_type: SignType, caller: &Caller) -> UnsignedBody {
    answer::success(sign_type, caller, |xml| xml.text("result_msg", "OK"))
}

/// The answer to a reversal; `again` asks the caller to repeat it.
pub fn render_reversed(sign_type: SignType, caller: &Caller, again: bool) -> UnsignedBody {
    answer::success(sign_type, caller, |xml| xml.text("recall", if again { "Y" } else { "N" }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{Appid, Mchid, TransactionId};

    #[test]
    fn calls_are_written_and_read_back() {
        let (mchid, appid) = (Mchid::parse("19").unwrap(), Appid::parse("wx1").unwrap());
        let caller = Caller::Direct { mchid, appid };
        let order = OrderName::TransactionId(TransactionId::parse("42").unwrap());
        let query = OrderQuery { caller: caller.clone(), order };
        assert_eq!(OrderQuery::read(query.render(SignType::Md5).message()), Ok(query));
        let close = CloseRequest { caller: caller.clone(), out_trade_no: OutTradeNo::parse("T1").unwrap() };
        assert_eq!(CloseRequest::read(close.render(SignType::HmacSha256).message()), Ok(close));
        assert_eq!(render_reversed(SignType::Md5, &caller, false).message().text("recall"), Ok("N"));
        assert_eq!(render_closed(SignType::Md5, &caller).message().text("result_code"), Ok("SUCCESS"));
    }
}
