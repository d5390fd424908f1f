//! The calls about orders, their targets, and the body of those that end an order.
//!
//! Source: [global-payment], [global-close], [global-revoke].

use crate::ids::{IdError, OutTradeNo, TransactionId};
use crate::v3::caller::{Merchant, Region};
use crate::v3::json::{Message, MessageError, ObjectWriter};
use crate::v3::refund::call::OrderName;
use crate::v3::target::Target;

/// Under which path a caller's orders are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Branch {
    /// `/v3/global/…`, whoever calls.
    Global,
    /// `/v3/pay/…`, for directly connected merchants of the mainland.
    Mainland,
    /// `/v3/pay/partner/…`, for service providers of the mainland.
    MainlandPartner,
}

impl Branch {
    /// The branch of `merchant`'s orders in `region`.
    pub fn of(region: Region, merchant: &Merchant) -> Branch {
        match (region, merchant) {
            (Region::Global, _) => Branch::Global,
            (Region::Mainland, Merchant::Direct { .. }) => Branch::Mainland,
            (Region::Mainland, Merchant::SubMerchant { .. }) => Branch::MainlandPartner,
        }
    }

    /// The region it belongs to.
    pub fn region(&self) -> Region {
        match self {
            Branch::Global => Region::Global,
            Branch::Mainland | Branch::MainlandPartner => Region::Mainland,
        }
    }

    fn prefix(&self) -> &'static [&'static str] {
        match self {
            Branch::Global => &["v3", "global"],
            Branch::Mainland => &["v3", "pay"],
            Branch::MainlandPartner => &["v3", "pay", "partner"],
        }
    }

    fn target(&self, rest: &[&str]) -> Target {
        Target::of(self.prefix().iter().chain(rest).copied())
    }
}

/// A call about orders.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum OrderCall {
    /// Placing an order whose code the payer scans.
    Native,
    /// Placing and paying an order with the payer's code.
    QuickPay,
    /// Asking for an order.
    Query {
        /// Whose order.
        merchant: Merchant,
        /// Which order.
        order: OrderName,
    },
    /// Closing an unpaid order; the merchant stands in the body.
    Close {
        /// Which order.
        order: OrderName,
    },
    /// Revoking a Quick Pay order; the merchant stands in the body.
    Revoke {
        /// Which order.
        order: OrderName,
    },
}

impl OrderCall {
    /// The method it is sent with.
    pub fn method(&self) -> &'static str {
        match self {
            OrderCall::Query { .. } => "GET",
            _ => "POST",
        }
    }

    /// Its target. The mainland closes and revokes by the merchant's number only; its path of Quick Pay is the one that
    /// public clients use. Source: [global-payment], [global-close], [global-revoke], \[inferred\].
    pub fn target(&self, branch: Branch) -> Target {
        let named = |order: &OrderName| match order {
            OrderName::TransactionId(id) => ("id", id.to_string()),
            OrderName::OutTradeNo(number) => ("out-trade-no", number.to_string()),
        };
        match self {
            OrderCall::Native => branch.target(&["transactions", "native"]),
            OrderCall::QuickPay => match branch {
                Branch::Global => branch.target(&["micropay", "transactions", "pay"]),
                Branch::Mainland | Branch::MainlandPartner => branch.target(&["transactions", "codepay"]),
            },
            OrderCall::Query { merchant, order } => {
                let (by, number) = named(order);
                merchant.write_parameters(branch.target(&["transactions", by, &number]))
            }
            OrderCall::Close { order } => {
                let (by, number) = named(order);
                branch.target(&["transactions", by, &number, "close"])
            }
            OrderCall::Revoke { order } => {
                let (by, number) = named(order);
                match branch {
                    Branch::Global => branch.target(&["micropay", "transactions", by, &number, "reverse"]),
                    Branch::Mainland | Branch::MainlandPartner => {
                        branch.target(&["transactions", by, &number, "reverse"])
                    }
                }
            }
        }
    }

    /// The call that `target` asks for when it is sent by `method`; `None` if it is not about orders.
    pub fn parse(method: &str, target: &Target) -> Result<Option<(Branch, OrderCall)>, MessageError> {
        let path = target.path();
        let (branch, rest) = match path.as_slice() {
            ["v3", "global", rest @ ..] => (Branch::Global, rest),
            ["v3", "pay", "partner", rest @ ..] => (Branch::MainlandPartner, rest),
            ["v3", "pay", rest @ ..] => (Branch::Mainland, rest),
            _ => return Ok(None),
        };
        let call = match (method, branch, rest) {
            ("POST", _, ["transactions", "native"]) => OrderCall::Native,
            ("POST", Branch::Global, ["micropay", "transactions", "pay"]) => OrderCall::QuickPay,
            ("POST", Branch::Mainland | Branch::MainlandPartner, ["transactions", "codepay"]) => {
                OrderCall::QuickPay
            }
            ("GET", _, ["transactions", by @ ("id" | "out-trade-no"), number]) => OrderCall::Query {
                merchant: Merchant::read_parameters(target)?,
                order: order_name(by, number)?,
            },
            ("POST", _, ["transactions", by @ ("id" | "out-trade-no"), number, "close"]) => {
                OrderCall::Close { order: order_name(by, number)? }
            }
            (
                "POST",
                Branch::Global,
                ["micropay", "transactions", by @ ("id" | "out-trade-no"), number, "reverse"],
            )
            | (
                "POST",
                Branch::Mainland | Branch::MainlandPartner,
                ["transactions", by @ ("id" | "out-trade-no"), number, "reverse"],
            ) => OrderCall::Revoke { order: order_name(by, number)? },
            _ => return Ok(None),
        };
        Ok(Some((branch, call)))
    }
}

fn order_name(by: &str, number: &str) -> Result<OrderName, MessageError> {
    let bad = |name: &str, error: IdError| MessageError::bad_value(name, error);
    if by == "id" {
        TransactionId::parse(number)
            .map(OrderName::TransactionId)
            .map_err(|error| bad(TransactionId::NAME, error))
    } else {
        OutTradeNo::parse(number).map(OrderName::OutTradeNo).map_err(|error| bad(OutTradeNo::NAME, error))
    }
}

/// The body of a close or revoke, which names the merchant and nothing else.
pub fn render_merchant(merchant: &Merchant) -> String {
    ObjectWriter::render(|object| merchant.write(object))
}

/// The merchant that the body of a close or revoke names.
pub fn parse_merchant(body: &[u8]) -> Result<Merchant, MessageError> {
    Merchant::read(&Message::parse(body)?.fields())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{Mchid, SubMchid};

    fn merchant() -> Merchant {
        Merchant::SubMerchant {
            sp_mchid: Mchid::parse("1900000100").unwrap(),
            sub_mchid: SubMchid::parse("1900000109").unwrap(),
        }
    }

    fn by_number() -> OrderName {
        OrderName::OutTradeNo(OutTradeNo::parse("T|1").unwrap())
    }

    fn by_id() -> OrderName {
        OrderName::TransactionId(TransactionId::parse("42000003").unwrap())
    }

    #[test]
    fn every_call_has_its_target_in_every_branch_and_is_read_back() {
        let query = |order| OrderCall::Query { merchant: merchant(), order };
        let ids = "?sp_mchid=1900000100&sub_mchid=1900000109";
        for (branch, call, target) in [
            (Branch::Global, OrderCall::Native, "/v3/global/transactions/native".to_owned()),
            (Branch::Mainland, OrderCall::Native, "/v3/pay/transactions/native".to_owned()),
            (Branch::Global, OrderCall::QuickPay, "/v3/global/micropay/transactions/pay".to_owned()),
            (Branch::MainlandPartner, OrderCall::QuickPay, "/v3/pay/partner/transactions/codepay".to_owned()),
            (Branch::Global, query(by_number()), format!("/v3/global/transactions/out-trade-no/T%7C1{ids}")),
            (Branch::Global, query(by_id()), format!("/v3/global/transactions/id/42000003{ids}")),
            (
                Branch::MainlandPartner,
                query(by_id()),
                format!("/v3/pay/partner/transactions/id/42000003{ids}"),
            ),
            (
                Branch::Global,
                OrderCall::Close { order: by_number() },
                "/v3/global/transactions/out-trade-no/T%7C1/close".to_owned(),
            ),
            (
                Branch::Mainland,
                OrderCall::Close { order: by_number() },
                "/v3/pay/transactions/out-trade-no/T%7C1/close".to_owned(),
            ),
            (
                Branch::Global,
                OrderCall::Revoke { order: by_id() },
                "/v3/global/micropay/transactions/id/42000003/reverse".to_owned(),
            ),
            (
                Branch::MainlandPartner,
                OrderCall::Revoke { order: by_number() },
                "/v3/pay/partner/transactions/out-trade-no/T%7C1/reverse".to_owned(),
            ),
        ] {
            assert_eq!(call.target(branch).render(), target);
            let read = OrderCall::parse(call.method(), &Target::parse(&target).unwrap());
            assert_eq!(read, Ok(Some((branch, call))), "{target}");
        }
    }

    #[test]
    fn other_targets_and_bad_numbers_are_told_apart() {
        let parse = |method, raw: &str| OrderCall::parse(method, &Target::parse(raw).unwrap());
        assert_eq!(parse("GET", "/v3/global/refunds"), Ok(None));
        assert_eq!(parse("GET", "/v3/global/transactions/native"), Ok(None));
        assert_eq!(parse("GET", "/v3/global/transactions/id/1").unwrap_err().field(), Some("mchid"));
        let error = parse("POST", "/v3/global/transactions/out-trade-no/a%20b/close").unwrap_err();
        assert_eq!(error.field(), Some("out_trade_no"));
    }

    #[test]
    fn a_close_names_the_merchant() {
        assert_eq!(
            render_merchant(&merchant()),
            "{\"sp_mchid\":\"1900000100\",\"sub_mchid\":\"1900000109\"}"
        );
        assert_eq!(parse_merchant(render_merchant(&merchant()).as_bytes()), Ok(merchant()));
    }
}
