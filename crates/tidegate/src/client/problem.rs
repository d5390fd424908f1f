//! Refusals: the gateway's problem documents, as sentences.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::client::gateway::Reply;
use crate::screen::plain;

/// Members that are told in words of their own, or say nothing to people.
const TOLD: [&str; 3] = ["type", "status", "instance"];

/// A problem document: RFC 9457's form, with members of the gateway's own.
#[derive(Debug, Deserialize)]
pub(crate) struct Problem {
    code: String,
    title: String,
    detail: Option<String>,
    what_to_do: Option<String>,
    pointer: Option<String>,
    #[serde(default)]
    conflicts: Vec<Conflict>,
    #[serde(default)]
    ids: Vec<String>,
    /// What this refusal says beyond.
    #[serde(flatten)]
    more: BTreeMap<String, Value>,
    /// The answer's status.
    #[serde(skip)]
    status: u16,
    /// When the same request may come again.
    #[serde(skip)]
    retry_after: Option<Duration>,
    /// The document as it came.
    #[serde(skip)]
    body: Vec<u8>,
}

/// A field in which a repeated request differs.
#[derive(Debug, Deserialize)]
struct Conflict {
    field: String,
    #[serde(default)]
    stored: Value,
    #[serde(default)]
    sent: Value,
}

impl Conflict {
    fn in_short(&self) -> String {
        format!("{} is {} there, {} here", self.field, value(&self.stored), value(&self.sent))
    }
}

impl Problem {
    /// The problem an answer holds, if it holds one.
    pub(crate) fn read(reply: &Reply) -> Option<Problem> {
        let problem: Problem = serde_json::from_slice(&reply.body).ok()?;
        let Reply { status, retry_after, body } = reply;
        Some(Problem { status: status.as_u16(), retry_after: *retry_after, body: body.clone(), ..problem })
    }

    /// Its stable name.
    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    /// Adds to what can be done about it.
    pub(crate) fn advise(&mut self, advice: &'static str) {
        self.what_to_do = Some(match self.what_to_do.take() {
            Some(first) => format!("{first} {advice}"),
            None => advice.to_owned(),
        });
    }

    /// The document as it came.
    pub(crate) fn document(&self) -> &[u8] {
        &self.body
    }

    /// What is wrong: the catalogue's sentence, and what there is to say in this very case.
    fn sentence(&self) -> String {
        match &self.detail {
            Some(detail) if *detail != self.title => plain(&format!("{} {detail}", self.title)),
            _ => plain(&self.title),
        }
    }

    /// What belongs to the sentence, a line each.
    fn particulars(&self) -> Vec<String> {
        let conflicts = self.conflicts.iter().map(|Conflict { field, stored, sent }| {
            format!("`{field}`: stored {}, sent {}", value(stored), value(sent))
        });
        let place = self.pointer.iter().map(|pointer| format!("at {pointer} of the request"));
        let ids = self.ids.iter().map(|id| format!("`{id}`"));
        let more = self.more.iter().filter(|(name, _)| !TOLD.contains(&name.as_str()));
        let more = more
            .filter(|(_, value)| !value.is_null())
            .map(|(name, found)| format!("{name}: {}", value(found)));
        let again = self.retry_after.map(|pause| format!("in {} s at the earliest", pause.as_secs()));
        conflicts.chain(place).chain(ids).chain(more).chain(again).map(|line| plain(&line)).collect()
    }

    /// What people need of it, in one line, for lists of many: `this number is taken by another refund: amount.refund is 1
    /// there, 2 here. Use another number. (refund_conflict)`. Pointers and ids are for programs.
    pub(crate) fn in_short(&self) -> String {
        let (sentence, advice) = match self.code.as_str() {
            "refund_conflict" if !self.conflicts.is_empty() => {
                let differences: Vec<String> = self.conflicts.iter().map(Conflict::in_short).collect();
                let differences = plain(&differences.join("; "));
                let sentence = format!("this number is taken by another refund: {differences}.");
                (sentence, Some("Use another number."))
            }
            _ => (self.sentence(), self.what_to_do.as_deref()),
        };
        let advice = advice.map(|advice| format!(" {}", plain(advice))).unwrap_or_default();
        format!("{sentence}{advice} ({})", plain(&self.code))
    }

    /// All of it in one line, for programs' lists of many.
    pub(crate) fn in_one_line(&self) -> String {
        let mut text = self.sentence();
        for particular in self.particulars() {
            text.push_str(&format!(" [{particular}]"));
        }
        if let Some(advice) = &self.what_to_do {
            text.push_str(&format!(" {}", plain(advice)));
        }
        format!("{text} ({}, {})", plain(&self.code), self.status)
    }
}

impl fmt::Display for Problem {
    /// Sentence, particulars, what to do, code and status, a line each.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.sentence())?;
        for particular in self.particulars() {
            writeln!(f, "  {particular}")?;
        }
        if let Some(advice) = &self.what_to_do {
            writeln!(f, "{}", plain(advice))?;
        }
        write!(f, "({}, {})", plain(&self.code), self.status)
    }
}

impl std::error::Error for Problem {}

/// A value as people write it: nothing as `none`, texts without quotes.
fn value(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;

    use super::*;

    fn problem(status: StatusCode, body: &str) -> Option<Problem> {
        Problem::read(&Reply { status, retry_after: None, body: body.as_bytes().to_vec() })
    }

    #[test]
    fn a_conflict_names_each_field_with_both_values() {
        let body = r#"{"type":"/problems/refund_conflict","title":"Another refund has this number.","status":409,
            "code":"refund_conflict","what_to_do":"Choose a new number only for a new refund.",
            "conflicts":[{"field":"amount.refund","stored":100,"sent":200},{"field":"reason","stored":null,"sent":"x"}]}"#;
        let problem = problem(StatusCode::CONFLICT, body).unwrap();
        assert_eq!(
            problem.to_string(),
            "Another refund has this number.\n  `amount.refund`: stored 100, sent 200\n  `reason`: stored none, sent x\n\
             Choose a new number only for a new refund.\n(refund_conflict, 409)"
        );
        assert_eq!(
            problem.in_one_line(),
            "Another refund has this number. [`amount.refund`: stored 100, sent 200] [`reason`: stored none, sent x] \
             Choose a new number only for a new refund. (refund_conflict, 409)"
        );
    }

    #[test]
    fn what_a_refusal_says_beyond_is_shown_and_control_characters_are_not_passed_on() {
        let body = "{\"title\":\"t\",\"detail\":\"Too \\u001b[31mmuch.\",\"status\":422,\"code\":\"exceeds_order\",\
                    \"refundable\":900,\"pointer\":\"/amount/refund\"}";
        assert_eq!(
            problem(StatusCode::UNPROCESSABLE_ENTITY, body).unwrap().to_string(),
            "t Too \\u{1b}[31mmuch.\n  at /amount/refund of the request\n  refundable: 900\n(exceeds_order, 422)"
        );
    }

    #[test]
    fn other_documents_are_no_problems() {
        for body in ["", "<html>", "{}", "[]", r#"{"error":"x"}"#] {
            assert!(problem(StatusCode::NOT_FOUND, body).is_none(), "{body}");
        }
    }
}
