//! Asking for refunds. Source: [v2-refund-query].

use crate::ids::{OutRefundNo, RefundId};
use crate::v2::caller::Caller;
use crate::v2::message::{Message, MessageError};
use crate::v2::order::{read_order_name, write_order_name};
use crate::v2::sign::{SignType, UnsignedBody};
use crate::v3::refund::call::OrderName;

/// Where refunds are asked for, by POST. No client certificate is needed.
pub const PATH: &str = "/pay/refundquery";

/// Most refunds that one answer holds.
pub const PAGE: usize = 10;

/// A question about refunds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundQuery {
    /// Who asks.
    pub caller: Caller,
    /// What is asked for.
    pub about: About,
}

/// What a question is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// One refund, by WeChat Pay's number.
    RefundId(RefundId),
    /// One refund, by the merchant's number. The only way for orders with more than 20 refunds.
    OutRefundNo(OutRefundNo),
    /// The refunds of an order, [`PAGE`] at most.
    Order {
        /// Which order.
        order: OrderName,
        /// How many refunds to leave out, from 0. Beyond the last one it is `PARAM_ERROR`.
        offset: u32,
    },
}

impl RefundQuery {
    /// The question, ready to be signed.
    pub fn render(&self, sign_type: SignType) -> UnsignedBody {
        UnsignedBody::render_request(sign_type, |xml| {
            self.caller.write(xml);
            match &self.about {
                About::RefundId(id) => xml.text("refund_id", id.as_str()),
                About::OutRefundNo(number) => xml.text("out_refund_no", number.as_str()),
                About::Order { order, offset } => {
                    write_order_name(order, xml);
                    if *offset > 0 {
                        xml.integer("offset", i64::from(*offset));
                    }
                }
            }
        })
    }

    /// The question in `message`. Of several numbers the first counts, in the order `refund_id`, `out_refund_no`,
    /// `transaction_id`, `out_trade_no`.
    pub fn read(message: &Message) -> Result<RefundQuery, MessageError> {
        let caller = Caller::read(message)?;
        if let Some(id) = message.optional_parsed("refund_id", RefundId::parse)? {
            return Ok(RefundQuery { caller, about: About::RefundId(id) });
        }
        if let Some(number) = message.optional_parsed("out_refund_no", OutRefundNo::parse)? {
            return Ok(RefundQuery { caller, about: About::OutRefundNo(number) });
        }
        let order = read_order_name(message)?;
        let offset = u32::try_from(message.optional_integer("offset")?.unwrap_or(0))
            .map_err(|_| MessageError::bad_value("offset", "is too large"))?;
        Ok(RefundQuery { caller, about: About::Order { order, offset } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{Appid, Mchid, OutTradeNo, TransactionId};

    fn asking(about: About) -> RefundQuery {
        let (mchid, appid) = (Mchid::parse("19").unwrap(), Appid::parse("wx1").unwrap());
        RefundQuery { caller: Caller::Direct { mchid, appid }, about }
    }

    #[test]
    fn every_question_is_written_and_read_back() {
        let order = OrderName::OutTradeNo(OutTradeNo::parse("T|1").unwrap());
        for (about, fields) in [
            (About::RefundId(RefundId::parse("50").unwrap()), "<refund_id><![CDATA[50]]></refund_id>"),
            (
                About::OutRefundNo(OutRefundNo::parse("R@1").unwrap()),
                "<out_refund_no><![CDATA[R@1]]></out_refund_no>",
            ),
            (
                About::Order { order: order.clone(), offset: 0 },
                "<out_trade_no><![CDATA[T|1]]></out_trade_no>",
            ),
            (
                About::Order { order, offset: 24 },
                "<out_trade_no><![CDATA[T|1]]></out_trade_no><offset>24</offset>",
            ),
        ] {
            let query = asking(about);
            let rendered = query.render(SignType::Md5);
            let head = "<xml><appid><![CDATA[wx1]]></appid><mch_id><![CDATA[19]]></mch_id>";
            assert_eq!(rendered.as_str(), format!("{head}{fields}</xml>"));
            assert_eq!(RefundQuery::read(rendered.message()), Ok(query));
        }
    }

    #[test]
    fn of_several_numbers_the_page_says_which_counts() {
        let mut fields = "<refund_id>50</refund_id><out_refund_no>R</out_refund_no>\
            <transaction_id>42</transaction_id><out_trade_no>T</out_trade_no>"
            .to_owned();
        let about = |fields: &str| {
            let body = format!("<xml><appid>wx1</appid><mch_id>19</mch_id>{fields}</xml>");
            RefundQuery::read(&Message::parse(body.as_bytes()).unwrap()).map(|query| query.about)
        };
        assert_eq!(about(&fields), Ok(About::RefundId(RefundId::parse("50").unwrap())));
        fields = fields.replace("50", "");
        assert_eq!(about(&fields), Ok(About::OutRefundNo(OutRefundNo::parse("R").unwrap())));
        fields = fields.replace('R', "");
        let order = OrderName::TransactionId(TransactionId::parse("42").unwrap());
        assert_eq!(about(&fields), Ok(About::Order { order, offset: 0 }));
        assert_eq!(about("").unwrap_err().field(), Some("transaction_id"));
        assert_eq!(
            about("<out_trade_no>T</out_trade_no><offset>4294967296</offset>").unwrap_err().field(),
            Some("offset")
        );
    }
}
