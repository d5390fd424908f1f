//! What the store and the orders refuse, as problems.

use refunds::intake::Difference;
use refunds::order::OrderRefusal;
use serde_json::{Value, json};
use store::StoreError;

use super::catalogue::Code;
use super::document::Problem;
use crate::fresh::NoRandomness;
use crate::wechat::submission::Unwritable;

/// After so many seconds a store that could not take something is worth trying again.
const STORE_RETRY_AFTER_S: u64 = 2;

impl From<NoRandomness> for Problem {
    fn from(_: NoRandomness) -> Problem {
        Problem::new(Code::Internal)
    }
}

impl From<Unwritable> for Problem {
    fn from(error: Unwritable) -> Problem {
        let detail = |field: &'static str| {
            Problem::new(Code::FieldInvalid).at(pointer(field)).detail(format!("{error}."))
        };
        match &error {
            Unwritable::NotInCny => detail("amount.currency"),
            Unwritable::Amount(_) => detail("amount"),
            Unwritable::NoOrderName => Problem::new(Code::FieldMissing).at("/out_trade_no"),
            Unwritable::NoSubMerchant => Problem::new(Code::FieldMissing).at("/sub_mchid"),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        match error {
            StoreError::NotThere { .. } => {
                Problem::new(Code::MerchantNotReady).retry_after(STORE_RETRY_AFTER_S)
            }
            StoreError::Full => {
                tracing::error!(%error, "a request was turned away");
                Problem::new(Code::StoreFull).retry_after(STORE_RETRY_AFTER_S)
            }
            StoreError::Busy { .. } => {
                tracing::warn!(%error, "a request was turned away");
                Problem::new(Code::StoreBusy).retry_after(STORE_RETRY_AFTER_S)
            }
            StoreError::Unclear { .. } => {
                tracing::warn!(%error, "a request may have been kept, or not");
                Problem::new(Code::StoreUnclear).retry_after(STORE_RETRY_AFTER_S)
            }
            StoreError::Broken { .. } => {
                tracing::error!(%error, "a request was turned away");
                Problem::new(Code::StoreBroken).retry_after(STORE_RETRY_AFTER_S)
            }
            StoreError::InUse { .. } | StoreError::TooNew { .. } | StoreError::Failed { .. } => {
                tracing::error!(%error, "a request failed");
                Problem::new(Code::Internal)
            }
        }
    }
}

/// Why an order does not take a refund.
pub fn order_refusal(refusal: OrderRefusal) -> Problem {
    match refusal {
        OrderRefusal::Mismatch { field, known, claimed } => {
            differs(Code::OrderMismatch, field, known, claimed)
        }
        OrderRefusal::ClaimsDiffer { field, earlier, claimed } => {
            differs(Code::ClaimsDiffer, field, earlier, claimed)
        }
        OrderRefusal::Exceeds { refundable } => Problem::new(Code::ExceedsOrder)
            .at("/amount/refund")
            .detail(format!("{refundable} are left of the order."))
            .with("refundable", refundable.minor())
            .with("currency", refundable.currency().code()),
        OrderRefusal::TooMany => Problem::new(Code::TooManyRefunds),
        OrderRefusal::TooOld { until } => Problem::new(Code::OrderTooOld)
            .detail(format!("It could be refunded until {until}."))
            .with("refundable_until", until.to_string()),
    }
}

/// Why an order does not take what is said of its payment.
pub fn payment_refusal(refusal: OrderRefusal) -> Problem {
    match refusal {
        OrderRefusal::Mismatch { field, known, claimed }
        | OrderRefusal::ClaimsDiffer { field, earlier: known, claimed } => {
            differs(Code::PaymentConflict, field, known, claimed)
        }
        // A payment sets nothing aside, so no order refuses it for what is left.
        OrderRefusal::Exceeds { .. } | OrderRefusal::TooMany | OrderRefusal::TooOld { .. } => {
            order_refusal(refusal)
        }
    }
}

fn differs(code: Code, field: &'static str, known: String, claimed: String) -> Problem {
    Problem::new(code)
        .at(pointer(field))
        .detail(format!("`{field}` is known as {known}; the request says {claimed}."))
        .with("conflicts", json!([{ "field": field, "stored": known, "sent": claimed }]))
}

/// The stored request and the one sent now differ in these fields.
pub fn refund_conflict(differences: &[Difference]) -> Problem {
    let fields: Vec<&str> = differences.iter().map(|difference| difference.field).collect();
    let conflicts: Vec<Value> = differences
        .iter()
        .map(|Difference { field, stored, sent }| json!({ "field": field, "stored": stored, "sent": sent }))
        .collect();
    let problem = Problem::new(Code::RefundConflict)
        .detail(format!("The stored request differs in {}.", fields.join(", ")))
        .with("conflicts", conflicts);
    match fields.first() {
        Some(first) => problem.at(pointer(first)),
        None => problem,
    }
}

/// The JSON pointer of a field spelled with dots.
fn pointer(field: &str) -> String {
    format!("/{}", field.replace('.', "/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_cannot_take_something_now_is_worth_trying_again() {
        let why = || "because".to_owned();
        for (error, code, status) in [
            (StoreError::Full, Code::StoreFull, 503),
            (StoreError::Busy { why: why() }, Code::StoreBusy, 503),
            (StoreError::Unclear { why: why() }, Code::StoreUnclear, 503),
            (StoreError::Broken { why: why() }, Code::StoreBroken, 503),
            (StoreError::NotThere { what: why() }, Code::MerchantNotReady, 503),
            (StoreError::Failed { what: "reading", why: why() }, Code::Internal, 500),
        ] {
            let problem = Problem::from(error);
            assert_eq!((problem.code(), problem.status().as_u16()), (code, status));
        }
    }

    #[test]
    fn what_the_database_said_is_not_for_callers() {
        let problem = Problem::from(StoreError::Failed { what: "reading", why: "SELECT secret".to_owned() });
        let text = serde_json::to_string(&problem.written()).unwrap();
        assert!(!text.contains("SELECT"), "{text}");
    }
}
