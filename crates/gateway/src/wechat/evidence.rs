//! What stands behind an outcome, for whoever looks into it later. No secrets, one line, bounded.

use refunds::outcome::Evidence;
use wechatpay::keys::KeyName;
use wechatpay::v3::error::ErrorBody;
use wechatpay::v3::outcome::{Doubt, Outcome};

use super::exchange::{Failure, Received};

/// Header with which WeChat Pay names an exchange. Source: [global-rules].
const REQUEST_ID: &str = "Request-ID";

/// Longest texts that are kept, in characters.
const LONGEST_REQUEST_ID: usize = 128;
const LONGEST_CODE: usize = 64;
const LONGEST_ANSWER: usize = 300;

/// Nothing came back, for this reason; the request was made with this certificate, if it got so far.
pub(super) fn of_failure(failure: &Failure, certificate: Option<&KeyName>) -> Evidence {
    let certificate = certificate.map(ToString::to_string);
    Evidence { request_id: None, answer: Some(failure.to_string()), certificate }
}

/// This came back, and it was judged so.
pub(super) fn of_answer<T>(received: &Received, outcome: &Outcome<T>, certificate: &KeyName) -> Evidence {
    let answer = match outcome {
        Outcome::Proven(_) => received.status.to_string(),
        Outcome::Error { signed: true, .. } => status_and_code(received),
        Outcome::Error { signed: false, .. } => format!("{}, unverified", status_and_code(received)),
        Outcome::Unproven(doubt) => match doubt {
            Doubt::Violation(violation) => format!("signature does not verify: {violation}"),
            Doubt::Message(error) => format!("{}, but it cannot be read: {error}", received.status),
            Doubt::Mismatch(mismatch) => {
                format!("{}, but it answers another request: {mismatch}", received.status)
            }
            Doubt::Status { .. } => doubt.to_string(),
        },
    };
    Evidence {
        request_id: request_id(received),
        answer: Some(cut(&answer, LONGEST_ANSWER)),
        certificate: Some(certificate.to_string()),
    }
}

/// E.g. `403 NOT_ENOUGH`, or the status alone where the body is no error of WeChat Pay's.
pub(super) fn status_and_code(received: &Received) -> String {
    match ErrorBody::parse(&received.body) {
        Ok(body) => format!("{} {}", received.status, cut(&body.code, LONGEST_CODE)),
        Err(_) => received.status.to_string(),
    }
}

fn request_id(received: &Received) -> Option<String> {
    received.header(REQUEST_ID).map(|id| cut(id, LONGEST_REQUEST_ID))
}

fn cut(text: &str, longest: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(longest).collect()
}
