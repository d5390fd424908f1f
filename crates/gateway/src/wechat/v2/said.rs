//! What an answer says, in few words, for a person.

use wechatpay::v2::answer::ErrorBody;
use wechatpay::v2::outcome::{Doubt, Outcome};

use crate::wechat::evidence;
use crate::wechat::exchange::Received;

/// What came back, once it was judged. The status is 200 for whatever WeChat Pay itself answers, so the code tells.
pub(super) fn in_words<T>(received: &Received, outcome: &Outcome<T>) -> String {
    let status = received.status;
    match outcome {
        Outcome::Proven(_) => status.to_string(),
        Outcome::Error { answer, signed } => {
            let said = match &answer.body {
                // Refused in front of the business: there is no code, and the text is what it says.
                Some(ErrorBody { code, message }) if code.is_empty() => format!("{status} {message}"),
                Some(body) => evidence::status_and_code(status, Some(&body.code)),
                None => status.to_string(),
            };
            if *signed { said } else { format!("{said}, unverified") }
        }
        Outcome::Unproven(doubt) => match doubt {
            Doubt::Signature(violation) => format!("signature does not verify: {violation}"),
            Doubt::Message(error) => format!("{status}, but it cannot be read: {error}"),
            Doubt::Mismatch(mismatch) => format!("{status}, but it answers another request: {mismatch}"),
            Doubt::Status { .. } => doubt.to_string(),
        },
    }
}
