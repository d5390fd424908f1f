//! What an answer says, in few words, for a person.

use wechatpay::v3::error::ErrorBody;
use wechatpay::v3::outcome::{Doubt, Outcome};

use crate::wechat::evidence;
use crate::wechat::exchange::Received;

/// What came back, once it was judged.
pub(super) fn in_words<T>(received: &Received, outcome: &Outcome<T>) -> String {
    match outcome {
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
    }
}

/// E.g. `403 NOT_ENOUGH`, or the status alone where the body is no error of WeChat Pay's.
pub(super) fn status_and_code(received: &Received) -> String {
    let body = ErrorBody::parse(&received.body).ok();
    evidence::status_and_code(received.status, body.as_ref().map(|body| body.code.as_str()))
}
