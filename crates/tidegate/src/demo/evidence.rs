//! Everything that is known at the end, from four sides: what was acknowledged, what the platform saw, what its books say,
//! and what the gateway has in its store.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use crate::demo::call::CallError;
use crate::demo::client_log::Acknowledged;
use crate::demo::gateway::Gateway;
use crate::demo::plan::{INSTITUTION, Plan, SHOPS};
use crate::demo::platform::{Audit, Exchange, Outcome, Platform, Posting, Request, SUBMISSION};

/// What is known.
#[derive(Debug, Clone, Default)]
pub(crate) struct Evidence {
    /// What the gateway acknowledged, from the client's own list.
    pub(crate) acknowledged: Vec<Acknowledged>,
    /// What was paid for each order, from the payers' side.
    pub(crate) paid: BTreeMap<Order, i64>,
    /// Submissions of refunds, as they arrived at the platform.
    pub(crate) submissions: Vec<Submission>,
    /// The platform's own recount.
    pub(crate) audit: Audit,
    /// The platform's journal for the institution.
    pub(crate) postings: Vec<Posting>,
    /// The balances the platform shows.
    pub(crate) balances: BTreeMap<String, i64>,
    /// Nightly exchanges that had money to exchange.
    pub(crate) exchanges: Vec<Exchange>,
    /// Payouts that had money to pay out.
    pub(crate) payouts: usize,
    /// Where each acknowledged refund stands by the gateway's word, by id; none if the gateway does not have it.
    pub(crate) states: BTreeMap<String, Option<String>>,
    /// How often a refund became unclear, from the gateway's timelines.
    pub(crate) unclear: usize,
    /// Submissions by the serial number of the certificate they were signed with, as the platform read it.
    pub(crate) signed_with: BTreeMap<String, usize>,
    /// Requests of any kind whose signature or certificate the platform did not take.
    pub(crate) signatures_refused: usize,
    /// How many of these because the gateway ended while the request was on its way, from the same.
    pub(crate) orphaned: usize,
}

/// An order, by the number of its sub-merchant and its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Order {
    /// Whose.
    pub(crate) sub_mchid: String,
    /// Its number.
    pub(crate) out_trade_no: String,
}

/// A submission as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Submission {
    /// When.
    pub(crate) at: Timestamp,
    /// The number on the wire.
    pub(crate) upstream_no: String,
    /// Of which order.
    pub(crate) order: Order,
    /// How much, in fen.
    pub(crate) amount_fen: i64,
    /// What the platform did.
    pub(crate) answer: Answered,
}

/// What the platform did with a submission, whether its answer arrived or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answered {
    /// It accepted, or had before.
    Accepted,
    /// NOT ENOUGH.
    NotEnough,
    /// Anything else: refused, never reached, or a fault in the platform's place.
    Otherwise,
}

/// The body of a submission.
#[derive(Debug, Deserialize)]
struct Body {
    sub_mchid: String,
    out_trade_no: Option<String>,
    transaction_id: Option<String>,
    out_refund_no: String,
    amount: BodyAmount,
}

#[derive(Debug, Deserialize)]
struct BodyAmount {
    refund: i64,
}

/// The accounts of a submission that cannot be read are none; the audit counts it all the same.
fn submission(request: &Request) -> Option<Submission> {
    if request.call.as_deref() != Some(SUBMISSION) {
        return None;
    }
    let body: Body = serde_json::from_str(&request.body).ok()?;
    Some(Submission {
        at: request.at,
        upstream_no: body.out_refund_no,
        order: Order { sub_mchid: body.sub_mchid, out_trade_no: body.out_trade_no.or(body.transaction_id)? },
        amount_fen: body.amount.refund,
        answer: answered(request.outcome.as_ref()),
    })
}

fn answered(outcome: Option<&Outcome>) -> Answered {
    match outcome {
        Some(Outcome { is_instead: false, status: 200..300, .. }) => Answered::Accepted,
        Some(Outcome { is_instead: false, code: Some(code), .. }) if code.replace('_', "") == "NOTENOUGH" => {
            Answered::NotEnough
        }
        _ => Answered::Otherwise,
    }
}

/// Asks all sides.
pub(crate) async fn gather(
    plan: &Plan,
    acknowledged: Vec<Acknowledged>,
    platform: &Platform,
    gateway: &Gateway,
) -> Result<Evidence, CallError> {
    let mut states = BTreeMap::new();
    let (mut unclear, mut orphaned) = (0, 0);
    for Acknowledged { id, .. } in &acknowledged {
        let shown = gateway.refund(id).await?;
        if shown.is_some() {
            let timeline = gateway.timeline(id).await?;
            let became_unclear =
                timeline.iter().filter(|entry| entry.to == "unclear" && entry.from != "unclear");
            unclear += became_unclear.clone().count();
            orphaned += became_unclear.filter(|entry| entry.cause == "orphaned").count();
        }
        states.insert(id.clone(), shown.map(|shown| shown.state));
    }
    let pool = platform.pools().await?.pools.into_iter().next();
    let (balances, days, payouts) =
        pool.map(|pool| (pool.accounts, pool.days, pool.payouts)).unwrap_or_default();
    let journals = platform.ledger().await?.pools;
    let requests = platform.requests().await?;
    let of_institution = requests.iter().filter(|request| request.caller.as_deref() == Some(INSTITUTION));
    Ok(Evidence {
        acknowledged,
        paid: plan
            .payments
            .iter()
            .map(|payment| (order(payment.shop, &payment.out_trade_no), payment.total_fen))
            .collect(),
        submissions: requests.iter().filter_map(submission).collect(),
        signed_with: signed_with(&requests),
        signatures_refused: of_institution.filter(|request| is_unauthorized(request)).count(),
        audit: platform.audit().await?,
        postings: journals
            .into_iter()
            .filter(|journal| journal.mchid == INSTITUTION)
            .flat_map(|journal| journal.journal)
            .collect(),
        balances,
        exchanges: days
            .into_iter()
            .filter_map(|day| day.exchange)
            .filter(|exchange| exchange.cny_fen > 0)
            .collect(),
        payouts: payouts.iter().filter(|payout| payout.amount.total > 0).count(),
        states,
        unclear,
        orphaned,
    })
}

fn signed_with(requests: &[Request]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    let submissions = requests.iter().filter(|request| request.call.as_deref() == Some(SUBMISSION));
    for serial_no in submissions.filter_map(|request| request.serial_no.clone()) {
        *counts.entry(serial_no).or_default() += 1;
    }
    counts
}

fn is_unauthorized(request: &Request) -> bool {
    request.outcome.as_ref().is_some_and(|outcome| outcome.status == 401)
}

fn order(shop: usize, out_trade_no: &str) -> Order {
    Order { sub_mchid: SHOPS[shop].sub_mchid.to_owned(), out_trade_no: out_trade_no.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(call: &str, outcome: &str) -> Request {
        let body = r#"{\"sub_mchid\":\"19\",\"out_trade_no\":\"T1\",\"out_refund_no\":\"19_R1\",\"amount\":{\"refund\":5,\"total\":9}}"#;
        let text = format!(
            r#"{{"n":1,"at":"2026-01-05T03:00:00Z","call":"{call}","body":"{body}","outcome":{outcome},"method":"POST"}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn a_submission_is_what_the_platform_did_with_it_not_what_became_of_its_answer() {
        for (outcome, answer) in [
            (r#"{"status":200,"code":null,"is_instead":false}"#, Answered::Accepted),
            (r#"{"status":403,"code":"NOT_ENOUGH","is_instead":false}"#, Answered::NotEnough),
            (r#"{"status":403,"code":"NO_AUTH","is_instead":false}"#, Answered::Otherwise),
            (r#"{"status":500,"code":"SYSTEM_ERROR","is_instead":true}"#, Answered::Otherwise),
            ("null", Answered::Otherwise),
        ] {
            let submission = submission(&request("refund_submit", outcome)).unwrap();
            assert_eq!((submission.answer, submission.amount_fen), (answer, 5), "{outcome}");
            assert_eq!((&*submission.upstream_no, &*submission.order.out_trade_no), ("19_R1", "T1"));
        }
        assert_eq!(submission(&request("refund_query", "null")), None);
    }
}
