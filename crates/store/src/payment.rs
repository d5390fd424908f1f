//! Which row a payment's report is about, and what the row is afterwards.

use refunds::order::{Order, OrderFacts, OrderNames, OrderRefusal};

use crate::intake::NewPayment;
use crate::rows::value::kept;

/// The order's row after `new`, when the store found these rows under its names.
///
/// If the names lie in two rows, the one by the merchant's number learns; the other has no such number, so its owner
/// asks WeChat Pay about it before anything is submitted on it, and the two become one row then.
pub(crate) fn learned(
    new: &NewPayment,
    by_out_trade_no: Option<Order>,
    by_transaction_id: Option<Order>,
) -> Result<Order, OrderRefusal> {
    let names = if by_out_trade_no.is_some() && by_transaction_id.is_some() {
        OrderNames { transaction_id: None, ..new.names.clone() }
    } else {
        new.names.clone()
    };
    // As it will be read again: the same report once more must not differ from what was kept of the first.
    let facts = OrderFacts { paid_at: new.facts.paid_at.map(kept), ..new.facts.clone() };
    match by_out_trade_no.or(by_transaction_id) {
        Some(mut order) => {
            let before = order.clone();
            order.learn(&names, &facts, new.source)?;
            if order != before {
                order.version += 1;
            }
            Ok(order)
        }
        None => {
            let mut order =
                Order::new(new.order_key.clone(), new.sub_mchid.clone(), &names, &facts, new.source);
            order.version += 1;
            Ok(order)
        }
    }
}
