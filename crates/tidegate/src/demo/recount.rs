//! What happened, counted again from what the platform saw: neither the gateway nor the plan is believed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::demo::client_log::Acknowledged;
use crate::demo::evidence::{Answered, Evidence, Order, Submission};
use crate::demo::platform::Audited;

/// What came out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Recount {
    /// How the acknowledged refunds ended.
    pub(crate) refunds: Refunds,
    /// Submissions that arrived at the platform.
    pub(crate) attempts: usize,
    /// Of these, those that met NOT ENOUGH.
    pub(crate) refused_not_enough: usize,
    /// Of these, those that came under a number that had come before.
    pub(crate) same_number_resends: usize,
    /// Numbers under which more left the pool than is owed, or that nobody asked for.
    pub(crate) paid_twice: Vec<String>,
    /// Acknowledged refunds that the gateway does not have.
    pub(crate) lost: Vec<String>,
    /// Orders of which more went back than was paid.
    pub(crate) over_refunded: Vec<String>,
    /// Refunds of which gateway and platform say different things.
    pub(crate) contradictions: Vec<String>,
    /// What is wrong with the books.
    pub(crate) unbalanced: Vec<String>,
    /// How long accepted refunds waited from acknowledgement to acceptance, shortest first.
    pub(crate) waits: Vec<SignedDuration>,
}

/// How the acknowledged refunds ended, by the gateway's word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Refunds {
    /// Acknowledged, by the client's own list.
    pub(crate) requested: usize,
    /// The payer has the money.
    pub(crate) succeeded: usize,
    /// Closed by the platform; nothing was paid.
    pub(crate) closed: usize,
    /// The bank refused the money.
    pub(crate) abnormal: usize,
    /// Refused for good.
    pub(crate) rejected: usize,
    /// Withdrawn.
    pub(crate) cancelled: usize,
    /// Anything else.
    pub(crate) open: usize,
}

impl Refunds {
    /// All that have a standing; `requested`, unless something was lost.
    pub(crate) fn sum(&self) -> usize {
        self.succeeded + self.closed + self.abnormal + self.rejected + self.cancelled + self.open
    }
}

/// Counts everything again.
pub(crate) fn recount(evidence: &Evidence) -> Recount {
    let Evidence { acknowledged, submissions, states, .. } = evidence;
    let numbers: BTreeSet<&str> =
        submissions.iter().map(|submission| submission.upstream_no.as_str()).collect();
    let not_enough = submissions.iter().filter(|submission| submission.answer == Answered::NotEnough);
    let lost = acknowledged.iter().filter(|one| !matches!(states.get(&one.id), Some(Some(_))));
    Recount {
        refunds: refunds(evidence),
        attempts: submissions.len(),
        refused_not_enough: not_enough.count(),
        same_number_resends: submissions.len() - numbers.len(),
        paid_twice: paid_twice(evidence),
        lost: lost.map(|one| format!("{}, acknowledged as {}", one.upstream_no, one.id)).collect(),
        over_refunded: over_refunded(evidence),
        contradictions: contradictions(evidence),
        unbalanced: unbalanced(evidence),
        waits: waits(evidence),
    }
}

/// When the platform accepted each number first.
pub(crate) fn acceptances(submissions: &[Submission]) -> BTreeMap<&str, &Submission> {
    let mut first = BTreeMap::new();
    for submission in submissions.iter().filter(|submission| submission.answer == Answered::Accepted) {
        first.entry(submission.upstream_no.as_str()).or_insert(submission);
    }
    first
}

fn refunds(evidence: &Evidence) -> Refunds {
    let mut refunds = Refunds { requested: evidence.acknowledged.len(), ..Refunds::default() };
    for one in &evidence.acknowledged {
        let Some(Some(state)) = evidence.states.get(&one.id) else { continue };
        let count = match state.as_str() {
            "succeeded" => &mut refunds.succeeded,
            "closed" => &mut refunds.closed,
            "abnormal" => &mut refunds.abnormal,
            "rejected" => &mut refunds.rejected,
            "cancelled" => &mut refunds.cancelled,
            _ => &mut refunds.open,
        };
        *count += 1;
    }
    refunds
}

/// A payer has too much if money left twice under one number, or under a number that is not of an acknowledged refund, or
/// more than was asked for.
fn paid_twice(evidence: &Evidence) -> Vec<String> {
    let asked: BTreeMap<&str, &Acknowledged> =
        evidence.acknowledged.iter().map(|one| (one.upstream_no.as_str(), one)).collect();
    let mut found = Vec::new();
    for Audited { out_refund_no, acceptances, amount_fen, money_moved_fen, .. } in &evidence.audit.refunds {
        if *acceptances > 1 || money_moved_fen > amount_fen {
            found.push(format!(
                "{out_refund_no}: {acceptances} acceptances moved {money_moved_fen} fen; {amount_fen} are owed"
            ));
        } else if *acceptances > 0 && !asked.contains_key(out_refund_no.as_str()) {
            found.push(format!(
                "{out_refund_no}: {money_moved_fen} fen left under a number that nobody asked for"
            ));
        }
    }
    for (number, submission) in acceptances(&evidence.submissions) {
        if asked.get(number).is_some_and(|one| one.amount_fen != submission.amount_fen) {
            found
                .push(format!("{number}: {} fen were accepted, and others asked for", submission.amount_fen));
        }
    }
    found
}

/// What was accepted for each order, less what the platform closed, against what was paid for it.
fn over_refunded(evidence: &Evidence) -> Vec<String> {
    let is_closed = |number: &str| {
        let audited = evidence.audit.refunds.iter().find(|audited| audited.out_refund_no == number);
        audited.is_some_and(|audited| audited.status.as_deref() == Some("closed"))
    };
    let mut by_order: BTreeMap<&Order, i64> = BTreeMap::new();
    for (number, submission) in acceptances(&evidence.submissions) {
        if !is_closed(number) {
            *by_order.entry(&submission.order).or_default() += submission.amount_fen;
        }
    }
    let paid = |order: &Order| evidence.paid.get(order).copied().unwrap_or(0);
    let over = by_order.into_iter().filter(|(order, refunded)| *refunded > paid(order));
    over.map(|(order, refunded)| {
        format!("order {} of {}: {refunded} fen of {}", order.out_trade_no, order.sub_mchid, paid(order))
    })
    .collect()
}

/// The gateway's word against the platform's.
fn contradictions(evidence: &Evidence) -> Vec<String> {
    let audited: BTreeMap<&str, Option<&str>> = evidence
        .audit
        .refunds
        .iter()
        .map(|audited| (audited.out_refund_no.as_str(), audited.status.as_deref()))
        .collect();
    let mut found = Vec::new();
    for one in &evidence.acknowledged {
        let Some(Some(state)) = evidence.states.get(&one.id) else { continue };
        let platform = audited.get(one.upstream_no.as_str()).copied().flatten();
        let agrees = match state.as_str() {
            "succeeded" => platform == Some("success"),
            "closed" => platform == Some("closed"),
            "abnormal" => platform == Some("abnormal"),
            "rejected" | "cancelled" => platform.is_none(),
            _ => true,
        };
        if !agrees {
            let platform = platform.unwrap_or("never accepted");
            found.push(format!("{}: {state} here, {platform} at the platform", one.upstream_no));
        }
    }
    found
}

/// The journal, added up, against the balances shown, the payments made and the refunds moved.
fn unbalanced(evidence: &Evidence) -> Vec<String> {
    let mut balances: BTreeMap<String, i64> = BTreeMap::new();
    let (mut paid, mut moved) = (0, 0);
    for posting in &evidence.postings {
        *balances.entry(posting.from.clone()).or_default() -= posting.amount.total;
        *balances.entry(posting.to.clone()).or_default() += posting.amount.total;
        match (posting.event.as_str(), posting.amount.currency.as_str()) {
            ("payment", "CNY") => paid += posting.amount.total,
            ("refund_accepted", "CNY") => moved += posting.amount.total,
            _ => {}
        }
    }
    balances.retain(|_, balance| *balance != 0);
    let mut found: Vec<String> = evidence
        .audit
        .violations
        .iter()
        .map(|violation| format!("the platform's audit found {violation}"))
        .collect();
    if balances != evidence.balances {
        found.push("the balances are not what the journal adds up to".to_owned());
    }
    let (paid_by_users, audited) = (
        evidence.paid.values().sum::<i64>(),
        evidence.audit.refunds.iter().map(|audited| audited.money_moved_fen).sum::<i64>(),
    );
    if paid != paid_by_users {
        found.push(format!("users paid {paid_by_users} fen, and {paid} are in the books"));
    }
    if moved != audited {
        found.push(format!("{audited} fen left for refunds, and {moved} are in the books"));
    }
    found
}

fn waits(evidence: &Evidence) -> Vec<SignedDuration> {
    let accepted = acceptances(&evidence.submissions);
    let wait = |one: &Acknowledged| -> Option<SignedDuration> {
        let at: Timestamp = accepted.get(one.upstream_no.as_str())?.at;
        Some(at.duration_since(one.at).max(SignedDuration::ZERO))
    };
    let mut waits: Vec<SignedDuration> = evidence.acknowledged.iter().filter_map(wait).collect();
    waits.sort();
    waits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::platform::{Amount, Posting};

    fn at(minute: i64) -> Timestamp {
        "2026-01-05T03:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minute)
    }

    fn order() -> Order {
        Order { sub_mchid: "19".to_owned(), out_trade_no: "T1".to_owned() }
    }

    fn submission(number: &str, amount_fen: i64, minute: i64, answer: Answered) -> Submission {
        Submission { at: at(minute), upstream_no: number.to_owned(), order: order(), amount_fen, answer }
    }

    fn audited(number: &str, acceptances: u64, amount_fen: i64, status: Option<&str>) -> Audited {
        let moved = amount_fen * i64::try_from(acceptances).unwrap();
        Audited {
            out_refund_no: number.to_owned(),
            acceptances,
            amount_fen,
            money_moved_fen: moved,
            status: status.map(str::to_owned),
        }
    }

    fn posting(event: &str, from: &str, to: &str, total: i64) -> Posting {
        Posting {
            at: at(0),
            event: event.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
            amount: Amount { total, currency: "CNY".to_owned() },
            out_refund_no: None,
        }
    }

    /// An order of 1000 fen: 300 went back at the third attempt, 200 were withdrawn before.
    fn well() -> Evidence {
        let acknowledged = |refund, id: &str, number: &str, amount_fen| Acknowledged {
            refund,
            at: at(0),
            id: id.to_owned(),
            upstream_no: number.to_owned(),
            amount_fen,
        };
        let mut evidence = Evidence {
            acknowledged: vec![acknowledged(0, "rf.1", "19_R1", 300), acknowledged(1, "rf.2", "19_R2", 200)],
            submissions: vec![
                submission("19_R1", 300, 1, Answered::NotEnough),
                submission("19_R2", 200, 2, Answered::NotEnough),
                submission("19_R1", 300, 60, Answered::Otherwise),
                submission("19_R1", 300, 61, Answered::Accepted),
            ],
            postings: vec![
                posting("payment", "payers CNY", "open 2026-01-05", 1000),
                posting("refund_accepted", "open 2026-01-05", "transit CNY", 300),
                posting("payer_credited", "transit CNY", "payers CNY", 300),
            ],
            ..Evidence::default()
        };
        evidence.paid.insert(order(), 1000);
        evidence.audit.refunds =
            vec![audited("19_R1", 1, 300, Some("success")), audited("19_R2", 0, 0, None)];
        evidence.balances =
            [("payers CNY", -700), ("open 2026-01-05", 700)].map(|(a, b)| (a.to_owned(), b)).into();
        let states = [("rf.1", "succeeded"), ("rf.2", "cancelled")];
        evidence.states = states.map(|(id, state)| (id.to_owned(), Some(state.to_owned()))).into();
        evidence
    }

    #[test]
    fn what_went_well_is_counted_and_nothing_is_found() {
        let expected = Recount {
            refunds: Refunds { requested: 2, succeeded: 1, cancelled: 1, ..Refunds::default() },
            attempts: 4,
            refused_not_enough: 2,
            same_number_resends: 2,
            waits: vec![SignedDuration::from_mins(61)],
            ..Recount::default()
        };
        assert_eq!(recount(&well()), expected);
        assert_eq!(expected.refunds.sum(), expected.refunds.requested);
    }

    #[test]
    fn a_number_that_moved_money_twice_is_found() {
        let mut evidence = well();
        evidence.audit.refunds[0] =
            Audited { money_moved_fen: 600, ..audited("19_R1", 2, 300, Some("success")) };
        let found = recount(&evidence);
        assert_eq!(found.paid_twice.len(), 1, "{found:?}");
        assert_eq!(found.unbalanced.len(), 1, "the books do not have the second one");
    }

    #[test]
    fn a_second_number_for_one_refund_is_found() {
        let mut evidence = well();
        evidence.submissions.push(submission("19_R1-again", 300, 70, Answered::Accepted));
        evidence.audit.refunds.push(audited("19_R1-again", 1, 300, Some("success")));
        let found = recount(&evidence);
        assert!(found.paid_twice.len() == 1 && found.paid_twice[0].contains("19_R1-again"), "{found:?}");
    }

    #[test]
    fn another_amount_than_was_asked_for_is_found() {
        let mut evidence = well();
        evidence.submissions[3].amount_fen = 301;
        assert_eq!(recount(&evidence).paid_twice.len(), 1);
    }

    #[test]
    fn an_acknowledged_refund_that_the_gateway_forgot_is_found() {
        for forgotten in [Some(None), None] {
            let mut evidence = well();
            evidence.states.remove("rf.2");
            evidence.states.extend(forgotten.map(|state| ("rf.2".to_owned(), state)));
            let found = recount(&evidence);
            assert!(found.lost.len() == 1 && found.lost[0].contains("19_R2"), "{found:?}");
            assert!(found.refunds.sum() < found.refunds.requested);
        }
    }

    #[test]
    fn an_order_that_gave_back_more_than_was_paid_is_found_and_a_closed_refund_gives_its_part_free() {
        let mut evidence = well();
        evidence.submissions.push(submission("19_R3", 701, 80, Answered::Accepted));
        evidence.audit.refunds.push(audited("19_R3", 1, 701, Some("processing")));
        assert_eq!(recount(&evidence).over_refunded, ["order T1 of 19: 1001 fen of 1000"]);
        evidence.audit.refunds[2].status = Some("closed".to_owned());
        assert_eq!(recount(&evidence).over_refunded, [""; 0]);
    }

    #[test]
    fn a_refund_of_an_order_that_nobody_paid_is_found() {
        let mut evidence = well();
        evidence.paid.clear();
        assert_eq!(recount(&evidence).over_refunded.len(), 1);
    }

    #[test]
    fn a_withdrawn_refund_that_was_paid_all_the_same_is_found() {
        let mut evidence = well();
        evidence.audit.refunds[1] = audited("19_R2", 1, 200, Some("success"));
        evidence.submissions.push(submission("19_R2", 200, 90, Answered::Accepted));
        assert_eq!(recount(&evidence).contradictions, ["19_R2: cancelled here, success at the platform"]);
    }

    #[test]
    fn books_that_do_not_add_up_are_found() {
        let mut evidence = well();
        evidence.balances.insert("open 2026-01-05".to_owned(), 701);
        assert_eq!(recount(&evidence).unbalanced.len(), 1);
        let mut evidence = well();
        evidence.postings.remove(0);
        assert_eq!(recount(&evidence).unbalanced.len(), 2);
        let mut evidence = well();
        evidence.audit.violations.push(serde_json::json!({ "kind": "pool_negative" }));
        assert_eq!(recount(&evidence).unbalanced.len(), 1);
    }
}
