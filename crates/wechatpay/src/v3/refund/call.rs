//! The calls about refunds and their targets.

use crate::ids::{Mchid, OutRefundNo, OutTradeNo, RefundId, SubMchid, TransactionId};
use crate::v3::caller::{Merchant, Region, parameter};
use crate::v3::json::{Fields, MessageError, ObjectWriter};
use crate::v3::target::Target;

/// How an order is named.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum OrderName {
    /// By WeChat Pay's number.
    TransactionId(TransactionId),
    /// By the merchant's number.
    OutTradeNo(OutTradeNo),
}

impl OrderName {
    /// Whether it is the one of these two numbers that it is like.
    pub(crate) fn is_one_of(
        &self,
        transaction_id: Option<&TransactionId>,
        out_trade_no: Option<&OutTradeNo>,
    ) -> bool {
        match self {
            OrderName::TransactionId(id) => transaction_id == Some(id),
            OrderName::OutTradeNo(number) => out_trade_no == Some(number),
        }
    }

    pub(crate) fn write(&self, object: &mut ObjectWriter) {
        match self {
            OrderName::TransactionId(id) => object.text("transaction_id", id.as_str()),
            OrderName::OutTradeNo(number) => object.text("out_trade_no", number.as_str()),
        }
    }

    /// The order named in `fields`; where both names are given, WeChat Pay's number wins, as the V2 page has it.
    pub(crate) fn read(fields: &Fields<'_>) -> Result<OrderName, MessageError> {
        OrderName::named(
            fields.optional_parsed("transaction_id", TransactionId::parse)?,
            fields.optional_parsed("out_trade_no", OutTradeNo::parse)?,
        )
    }

    fn read_parameters(target: &Target) -> Result<OrderName, MessageError> {
        OrderName::named(
            parameter(target, "transaction_id", TransactionId::parse)?,
            parameter(target, "out_trade_no", OutTradeNo::parse)?,
        )
    }

    fn named(id: Option<TransactionId>, number: Option<OutTradeNo>) -> Result<OrderName, MessageError> {
        match (id, number) {
            (Some(id), _) => Ok(OrderName::TransactionId(id)),
            (None, Some(number)) => Ok(OrderName::OutTradeNo(number)),
            (None, None) => Err(MessageError::missing("transaction_id")),
        }
    }
}

/// How many refunds of an order are asked for at a time. The largest number that is taken is not published; the page's own sample has
/// this one. Source: [global-refund-query].
pub const PAGE: u32 = 10;

/// Where a refund is submitted, by POST.
pub fn submit_target(region: Region) -> Target {
    match region {
        Region::Global => Target::of(["v3", "global", "refunds"]),
        Region::Mainland => Target::of(["v3", "refund", "domestic", "refunds"]),
    }
}

/// A question about refunds, by GET. Source: [global-refund-query], [mainland-refund].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RefundQuery {
    /// One refund by the merchant's number. For orders over a year old the only question that is answered.
    ByNumber {
        /// The branch.
        region: Region,
        /// Whose refund.
        merchant: Merchant,
        /// Its number.
        out_refund_no: OutRefundNo,
    },
    /// One refund by WeChat Pay's number; global only.
    ById {
        /// Whose refund.
        merchant: Merchant,
        /// Its number at WeChat Pay.
        refund_id: RefundId,
    },
    /// The refunds of an order, a page of them; global only.
    OfOrder {
        /// Whose order.
        merchant: Merchant,
        /// Which order.
        order: OrderName,
        /// How many refunds to leave out, from 0.
        offset: u32,
        /// How many to give. The largest number taken is not published.
        count: u32,
    },
}

impl RefundQuery {
    /// Its target.
    pub fn target(&self) -> Target {
        match self {
            RefundQuery::ByNumber { region: Region::Global, merchant, out_refund_no } => {
                let path = ["v3", "global", "refunds", "out-refund-no", out_refund_no.as_str()];
                merchant.write_parameters(Target::of(path))
            }
            RefundQuery::ByNumber { region: Region::Mainland, merchant, out_refund_no } => {
                let target = Target::of(["v3", "refund", "domestic", "refunds", out_refund_no.as_str()]);
                match merchant.sub_mchid() {
                    None => target,
                    Some(sub_mchid) => target.with("sub_mchid", sub_mchid.as_str()),
                }
            }
            RefundQuery::ById { merchant, refund_id } => {
                merchant.write_parameters(Target::of(["v3", "global", "refunds", "id", refund_id.as_str()]))
            }
            RefundQuery::OfOrder { merchant, order, offset, count } => {
                let target = merchant.write_parameters(Target::of(["v3", "global", "refunds"]));
                let target = match order {
                    OrderName::TransactionId(id) => target.with("transaction_id", id.as_str()),
                    OrderName::OutTradeNo(number) => target.with("out_trade_no", number.as_str()),
                };
                target.with("offset", offset.to_string()).with("count", count.to_string())
            }
        }
    }

    /// The question that `target` asks when it is sent by GET and signed by `signer`; `None` if it asks something else.
    ///
    /// Global questions name the merchant themselves; whether `signer` may ask for it is for the platform to see.
    pub fn parse(target: &Target, signer: &Mchid) -> Result<Option<RefundQuery>, MessageError> {
        let bad = |name: &'static str, error: crate::ids::IdError| MessageError::bad_value(name, error);
        let query = match target.path().as_slice() {
            ["v3", "global", "refunds", "out-refund-no", number] => RefundQuery::ByNumber {
                region: Region::Global,
                merchant: Merchant::read_parameters(target)?,
                out_refund_no: OutRefundNo::parse(number).map_err(|error| bad("out_refund_no", error))?,
            },
            ["v3", "refund", "domestic", "refunds", number] => RefundQuery::ByNumber {
                region: Region::Mainland,
                merchant: Merchant::of_signer(signer, parameter(target, "sub_mchid", SubMchid::parse)?),
                out_refund_no: OutRefundNo::parse(number).map_err(|error| bad("out_refund_no", error))?,
            },
            ["v3", "global", "refunds", "id", id] => RefundQuery::ById {
                merchant: Merchant::read_parameters(target)?,
                refund_id: RefundId::parse(id).map_err(|error| bad("refund_id", error))?,
            },
            ["v3", "global", "refunds"] => RefundQuery::OfOrder {
                merchant: Merchant::read_parameters(target)?,
                order: OrderName::read_parameters(target)?,
                offset: whole_number(target, "offset")?,
                count: whole_number(target, "count")?,
            },
            _ => return Ok(None),
        };
        Ok(Some(query))
    }
}

fn whole_number(target: &Target, name: &str) -> Result<u32, MessageError> {
    let text = target.parameter(name)?;
    text.parse().map_err(|_| MessageError::bad_value(name, "is not a whole number of 32 bits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn direct() -> Merchant {
        Merchant::Direct { mchid: Mchid::parse("1900000001").unwrap() }
    }

    fn sub_merchant() -> Merchant {
        Merchant::SubMerchant {
            sp_mchid: Mchid::parse("1900000100").unwrap(),
            sub_mchid: SubMchid::parse("1900000109").unwrap(),
        }
    }

    #[test]
    fn every_question_has_its_target_and_is_read_back_from_it() {
        let out_refund_no = OutRefundNo::parse("R|1*@-_").unwrap();
        let refund_id = RefundId::parse("50201308462021060109285031309").unwrap();
        let order = OrderName::OutTradeNo(OutTradeNo::parse("T|1").unwrap());
        for (query, target) in [
            (
                RefundQuery::ByNumber {
                    region: Region::Global,
                    merchant: direct(),
                    out_refund_no: out_refund_no.clone(),
                },
                "/v3/global/refunds/out-refund-no/R%7C1%2A%40-_?mchid=1900000001",
            ),
            (
                RefundQuery::ByNumber {
                    region: Region::Global,
                    merchant: sub_merchant(),
                    out_refund_no: out_refund_no.clone(),
                },
                "/v3/global/refunds/out-refund-no/R%7C1%2A%40-_?sp_mchid=1900000100&sub_mchid=1900000109",
            ),
            (
                RefundQuery::ByNumber {
                    region: Region::Mainland,
                    merchant: Merchant::Direct { mchid: Mchid::parse("1900000100").unwrap() },
                    out_refund_no: out_refund_no.clone(),
                },
                "/v3/refund/domestic/refunds/R%7C1%2A%40-_",
            ),
            (
                RefundQuery::ByNumber { region: Region::Mainland, merchant: sub_merchant(), out_refund_no },
                "/v3/refund/domestic/refunds/R%7C1%2A%40-_?sub_mchid=1900000109",
            ),
            (
                RefundQuery::ById { merchant: direct(), refund_id },
                "/v3/global/refunds/id/50201308462021060109285031309?mchid=1900000001",
            ),
            (
                RefundQuery::OfOrder { merchant: direct(), order, offset: 20, count: 10 },
                "/v3/global/refunds?mchid=1900000001&out_trade_no=T%7C1&offset=20&count=10",
            ),
        ] {
            assert_eq!(query.target().render(), target);
            let read =
                RefundQuery::parse(&Target::parse(target).unwrap(), &Mchid::parse("1900000100").unwrap());
            assert_eq!(read, Ok(Some(query)), "{target}");
        }
    }

    #[test]
    fn what_a_question_lacks_is_named() {
        let signer = Mchid::parse("1900000001").unwrap();
        let parse = |raw: &str| RefundQuery::parse(&Target::parse(raw).unwrap(), &signer);
        for (raw, field) in [
            ("/v3/global/refunds/out-refund-no/R1", "mchid"),
            ("/v3/global/refunds/out-refund-no/R1?sp_mchid=1", "sub_mchid"),
            ("/v3/global/refunds/out-refund-no/R1?sub_mchid=1", "sp_mchid"),
            ("/v3/global/refunds/out-refund-no/R1?mchid=1&sub_mchid=1", "mchid"),
            ("/v3/global/refunds/out-refund-no/R%201?mchid=1", "out_refund_no"),
            ("/v3/global/refunds/out-refund-no/?mchid=1", "out_refund_no"),
            ("/v3/global/refunds/id/-?mchid=1", "refund_id"),
            ("/v3/global/refunds?mchid=1&offset=0&count=1", "transaction_id"),
            ("/v3/global/refunds?mchid=1&out_trade_no=T1&offset=-1&count=1", "offset"),
            ("/v3/global/refunds?mchid=1&out_trade_no=T1&offset=0", "count"),
        ] {
            assert_eq!(parse(raw).unwrap_err().field(), Some(field), "{raw}");
        }
        assert_eq!(parse("/v3/global/transactions/id/1"), Ok(None));
    }
}
