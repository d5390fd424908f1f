//! Submitting a refund: the one call that moves money.

use refunds::batch::Submission;
use refunds::outcome::{Evidence, SubmitOutcome};
use reqwest::Method;
use store::kill_point;
use wechatpay::v3::outcome::of_submit;
use wechatpay::v3::refund::call::submit_target;
use wechatpay::v3::refund::submit::SubmitRequest;

use super::line::{Call, V3Line};
use super::said;
use crate::wechat::certificates::Made;
use crate::wechat::exchange::{Expected, Failure, Reach};
use crate::wechat::{evidence, judgement};

impl V3Line {
    /// Sends `submission` once, byte for byte, under the time stamp that is stored with it, and says what came back.
    pub(crate) async fn submit(&self, submission: &Submission, reach: Reach) -> (SubmitOutcome, Evidence) {
        let (body, signed_at) = (submission.request().as_bytes(), submission.signed_at());
        let region = self.region();
        // What cannot be read cannot be compared with its answer either.
        let Ok(request) = SubmitRequest::parse(region, self.mchid(), body) else {
            return (SubmitOutcome::Unclear, evidence::of_failure(&Failure::NoRequest, None));
        };
        let target = submit_target(region);
        let expects = Expected::Message;
        let call = Call { method: Method::POST, target: &target, body, signed_at, reach, expects };
        let Made { certificate, answer } = self.call(call).await;
        match answer {
            Err(failure) => (SubmitOutcome::Unclear, evidence::of_failure(&failure, Some(&certificate))),
            Ok(received) => {
                // All of it has left, and nobody here has looked at what came back.
                kill_point::pass("after_send");
                let outcome = of_submit(&request, received.status, self.verify_answer(&received).await);
                let said = said::in_words(&received, &outcome);
                let evidence = evidence::of_answer(&received, &said, Some(&certificate));
                (judgement::of_v3_submission(outcome, self.has_expired(&certificate)), evidence)
            }
        }
    }
}
