//! What stands behind an outcome, for whoever looks into it later. No secrets, one line, bounded.

use refunds::outcome::Evidence;
use wechatpay::keys::KeyName;

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

/// This came back, to a request that was made with this certificate, if with any; in few words it `said` so much.
pub(super) fn of_answer(received: &Received, said: &str, certificate: Option<&KeyName>) -> Evidence {
    Evidence {
        request_id: received.header(REQUEST_ID).map(|id| cut(id, LONGEST_REQUEST_ID)),
        answer: Some(cut(said, LONGEST_ANSWER)),
        certificate: certificate.map(ToString::to_string),
    }
}

/// E.g. `403 NOT_ENOUGH`, or the status alone where there is no code.
pub(super) fn status_and_code(status: u16, code: Option<&str>) -> String {
    match code.filter(|code| !code.is_empty()) {
        Some(code) => format!("{status} {}", cut(code, LONGEST_CODE)),
        None => status.to_string(),
    }
}

fn cut(text: &str, longest: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(longest).collect()
}
