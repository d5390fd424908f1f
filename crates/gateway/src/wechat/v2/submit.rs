//! Submitting a refund: the one call that moves money.

use refunds::batch::Submission;
use refunds::outcome::{Evidence, SubmitOutcome};
use store::kill_point;
use wechatpay::v2::outcome::of_submit;
use wechatpay::v2::refund::submit::{PATH, SubmitRequest};
use wechatpay::v2::sign::UnsignedBody;

use super::line::{Call, V2Line};
use super::said;
use crate::wechat::certificates::Made;
use crate::wechat::exchange::{Failure, Reach};
use crate::wechat::{evidence, judgement};

impl V2Line {
    /// Sends the stored bytes of `submission` once, signed anew as every repetition is, and says what came back. The signature
    /// bears no time, so it is given up before its attempt counts as over.
    pub(crate) async fn submit(&self, submission: &Submission, reach: Reach) -> (SubmitOutcome, Evidence) {
        let (bytes, decided_at) = (submission.request().as_bytes(), submission.signed_at());
        // What cannot be read cannot be compared with its answer either.
        let Some((body, request)) = self.stored(bytes) else {
            return (SubmitOutcome::Unclear, evidence::of_failure(&Failure::NoRequest, None));
        };
        let call = Call { path: PATH, body: &body, decided_at, reach };
        let Made { certificate, answer } = self
            .call(&call, |received, answer| {
                // All of it has left, and nobody here has looked at what came back.
                kill_point::pass("after_send");
                of_submit(&request, received.status, answer)
            })
            .await;
        match answer {
            Err(failure) => (SubmitOutcome::Unclear, evidence::of_failure(&failure, Some(&certificate))),
            Ok((received, outcome)) => {
                let said = said::in_words(&received, &outcome);
                let evidence = evidence::of_answer(&received, &said, Some(&certificate));
                (judgement::of_v2_submission(outcome), evidence)
            }
        }
    }

    /// The request in `bytes`, if it is one of this merchant id.
    fn stored(&self, bytes: &[u8]) -> Option<(UnsignedBody, SubmitRequest)> {
        let body = UnsignedBody::parse(std::str::from_utf8(bytes).ok()?).ok()?;
        let request = SubmitRequest::read(body.message()).ok()?;
        (request.caller.mchid() == self.mchid()).then_some((body, request))
    }
}
