//! What WeChat Pay did, counted again from its records alone: the requests that arrived and the postings of its books.
//!
//! Nothing of the sandbox's own audit is used, so that the two can be compared.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::control::Control;

/// A refund's number on the wire, with the merchant id it belongs to.
pub type Number = (String, String);

/// What was asked and done under one number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// The different bodies in which it was asked for. More than one, and somebody changed his mind.
    pub bodies: BTreeSet<String>,
    /// Requests for it that were let in.
    pub requests: u64,
    /// Of these, answered "accepted" by the platform itself, whether the answer arrived or not.
    pub accepted_answers: u64,
    /// Of these, answered NOT ENOUGH.
    pub not_enough: u64,
    /// Acceptances in the books: more than one, and the payer got the money twice.
    pub acceptances: u64,
    /// What the books took from the pool for it, in smallest units.
    pub moved: i64,
    /// Of this, what came back because the refund was closed.
    pub returned: i64,
}

/// Everything counted.
#[derive(Debug, Clone, Default)]
pub struct Recount {
    /// By number.
    pub numbers: BTreeMap<Number, Counted>,
    /// Requests of any kind that arrived.
    pub requests: u64,
    /// Requests for refunds that were not let in: a bad signature, a stale time stamp.
    pub turned_away: u64,
    /// Requests for refunds whose answer was lost on its way.
    pub answers_lost: u64,
    /// What is wrong with the records themselves.
    pub gaps: Vec<String>,
}

impl Recount {
    /// Reads the records of a sandbox and counts.
    pub async fn of(control: &Control) -> Recount {
        let (requests, ledger) = (control.requests().await, control.get("/control/ledger").await);
        let mut recount = Recount::default();
        for request in &requests {
            recount.request(request);
        }
        for pool in ledger["pools"].as_array().into_iter().flatten() {
            let mchid = text(&pool["mchid"]);
            for posting in pool["journal"].as_array().into_iter().flatten() {
                recount.posting(&mchid, posting);
            }
        }
        recount
    }

    fn request(&mut self, request: &Value) {
        self.requests += 1;
        if request["n"].as_u64() != Some(self.requests) {
            self.gaps.push(format!("request {} is the {}. of the record", request["n"], self.requests));
        }
        if request["call"] != "refund_submit" {
            return;
        }
        self.answers_lost += u64::from(request["is_answer_lost"] == true);
        if request["verdict"] != "genuine" {
            self.turned_away += 1;
            return;
        }
        let number = (text(&request["caller"]), text(&request["out_refund_no"]));
        let counted = self.numbers.entry(number).or_default();
        counted.requests += 1;
        counted.bodies.insert(without_signature(&text(&request["body"])));
        let outcome = &request["outcome"];
        if outcome["is_instead"] == false {
            // Over V2 refusals come with 200 as well.
            let is_accepted = outcome["status"] == 200 && outcome["code"].is_null();
            counted.accepted_answers += u64::from(is_accepted);
            counted.not_enough += u64::from(is_not_enough(&outcome["code"]));
        }
    }

    fn posting(&mut self, mchid: &str, posting: &Value) {
        let Some(number) = posting["out_refund_no"].as_str() else { return };
        let counted = self.numbers.entry((mchid.to_owned(), number.to_owned())).or_default();
        let amount = posting["amount"]["total"].as_i64().unwrap_or_default();
        match posting["event"].as_str() {
            Some("refund_accepted") => {
                counted.acceptances += 1;
                counted.moved += amount;
            }
            Some("refund_closed") => counted.returned += amount,
            _ => {}
        }
    }

    /// What was asked and done under a number.
    pub fn of_number(&self, mchid: &str, out_refund_no: &str) -> Option<&Counted> {
        self.numbers.get(&(mchid.to_owned(), out_refund_no.to_owned()))
    }
}

/// A body over V2 without its nonce and its signature, which every repetition has of its own; one over V3 as it is.
fn without_signature(body: &str) -> String {
    match body.split_once("<nonce_str>") {
        Some((stored, _)) => stored.to_owned(),
        None => body.to_owned(),
    }
}

/// Both spellings of WeChat Pay's pages.
fn is_not_enough(code: &Value) -> bool {
    code == "NOT_ENOUGH" || code == "NOTENOUGH"
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn submitted(n: u64, body: &str) -> Value {
        json!({
            "n": n,
            "call": "refund_submit",
            "verdict": "genuine",
            "caller": "1900000002",
            "out_refund_no": "R1",
            "body": body,
            "outcome": { "status": 200, "code": null, "is_instead": false },
            "is_answer_lost": false,
        })
    }

    fn counted(requests: &[Value], events: &[&str]) -> (Recount, Counted) {
        let mut recount = Recount::default();
        requests.iter().for_each(|request| recount.request(request));
        for event in events {
            let posting = json!({ "event": event, "out_refund_no": "R1", "amount": { "total": 300 } });
            recount.posting("1900000002", &posting);
        }
        let counted = recount.of_number("1900000002", "R1").cloned().unwrap_or_default();
        (recount, counted)
    }

    #[test]
    fn over_v2_a_repetition_is_signed_anew_and_the_same_body() {
        let body = |sign| {
            format!("<xml><refund_fee>300</refund_fee><nonce_str>{sign}</nonce_str><sign>{sign}</sign></xml>")
        };
        let (_, again) = counted(&[submitted(1, &body("A")), submitted(2, &body("B"))], &[]);
        assert_eq!((again.bodies.len(), again.requests), (1, 2));
        let other = body("C").replace("300", "400");
        let (_, other) = counted(&[submitted(1, &body("A")), submitted(2, &other)], &[]);
        assert_eq!(other.bodies.len(), 2);
    }

    #[test]
    fn what_was_done_twice_is_counted_twice() {
        let (_, counted) = counted(
            &[submitted(1, "a"), submitted(2, "b")],
            &["refund_accepted", "refund_accepted", "refund_closed"],
        );
        assert_eq!((counted.requests, counted.bodies.len(), counted.accepted_answers), (2, 2, 2));
        assert_eq!((counted.acceptances, counted.moved, counted.returned), (2, 600, 300));
    }

    #[test]
    fn what_the_platform_never_decided_is_no_acceptance() {
        let changed = |name: &str, value: Value| {
            let mut request = submitted(1, "a");
            request[name] = value;
            request
        };
        let instead = json!({ "status": 200, "code": null, "is_instead": true });
        let not_enough = json!({ "status": 403, "code": "NOT_ENOUGH", "is_instead": false });
        for (request, requests, refused) in [
            (changed("verdict", json!({ "refused": "stale" })), 0, 0),
            (changed("outcome", instead), 1, 0),
            (changed("outcome", Value::Null), 1, 0),
            (changed("outcome", not_enough), 1, 1),
            (changed("call", json!("refund_query")), 0, 0),
        ] {
            let (_, counted) = counted(std::slice::from_ref(&request), &[]);
            let found = (counted.requests, counted.not_enough, counted.accepted_answers);
            assert_eq!(found, (requests, refused, 0), "{request}");
        }
    }

    #[test]
    fn a_record_with_a_gap_is_no_proof() {
        let (recount, _) = counted(&[submitted(1, "a"), submitted(3, "a")], &[]);
        assert_eq!(recount.gaps.len(), 1, "{recount:?}");
    }
}
