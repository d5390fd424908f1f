//! Fetching a day's statement. Source: [global-statement].
//!
//! Nothing of it is read before its digest and the signature over that hold. An error is believed as everywhere:
//! that there was no trade frees nobody from a difference unless WeChat Pay signed it, and not before statements are there.

use jiff::Timestamp;
use refunds::outcome::Evidence;
use tokio::task::JoinError;
use wechatpay::codes::Call;
use wechatpay::keys::KeyName;
use wechatpay::v3::error::ErrorAnswer;
use wechatpay::v3::outcome::{Doubt, Outcome};
use wechatpay::v3::statement::call::StatementRequest;
use wechatpay::v3::statement::digest::{Digest, SHA1};
use wechatpay::v3::statement::error::StatementError;
use wechatpay::v3::verify::{Answer, Violation};

use super::line::V3Line;
use super::said;
use crate::wechat::certificates::Made;
use crate::wechat::exchange::Received;
use crate::wechat::statement::{DayStatement, NoStatement, WhyNone};
use crate::wechat::{evidence, judgement};

impl V3Line {
    /// Asks for a statement once.
    pub(crate) async fn statement(&self, request: &StatementRequest) -> Result<DayStatement, NoStatement> {
        let Made { certificate, answer } = self.get_statement(&request.target()).await;
        let received = answer.map_err(|failure| NoStatement {
            why: WhyNone::Unclear,
            evidence: evidence::of_failure(&failure, Some(&certificate)),
        })?;
        match received.status {
            200 => self.take_statement(request, received, &certificate).await,
            _ => Err(self.statement_not_told(request, &received, &certificate).await),
        }
    }

    async fn take_statement(
        &self,
        request: &StatementRequest,
        mut received: Received,
        certificate: &KeyName,
    ) -> Result<DayStatement, NoStatement> {
        let text = std::mem::take(&mut received.body);
        let evidence = |said: &str| evidence::of_answer(&received, said, Some(certificate));
        let genuine = self.genuine(&received, text).await;
        let taken = genuine.and_then(|text| answering(request, text, evidence("200")));
        taken.map_err(|error| NoStatement {
            why: WhyNone::Unclear,
            evidence: evidence(&format!("200, but the statement is not taken: {error}")),
        })
    }

    /// The text under this head, once its digest and the signature over that hold.
    async fn genuine(&self, head: &Received, text: Vec<u8>) -> Result<Vec<u8>, NotTaken> {
        let given = head.header(SHA1).map(str::to_owned);
        // The digest of a long text takes as long as many signatures, too long for a thread that serves sockets.
        let checking = tokio::task::spawn_blocking(move || {
            let digest = Digest::check(given.as_deref(), &text)?;
            Ok::<_, StatementError>((digest, text))
        });
        let (digest, text) = checking.await??;
        let signed_text = digest.signed_text();
        self.verify_in_place(head, signed_text.as_bytes()).await.map_err(StatementError::from)?;
        Ok(text)
    }

    async fn statement_not_told(
        &self,
        request: &StatementRequest,
        received: &Received,
        certificate: &KeyName,
    ) -> NoStatement {
        let answer = self.verify_answer(received).await;
        let signed_at = match &answer {
            Ok(Answer::Verified(verified)) => Timestamp::from_second(verified.signed_at()).ok(),
            _ => None,
        };
        let (why, outcome) = match answer {
            Err(violation) => (WhyNone::Unclear, doubtful(violation)),
            // Any other 2xx is no answer to this call.
            Ok(_) if (201..300).contains(&received.status) => {
                (WhyNone::Unclear, Outcome::Unproven(Doubt::Status { status: received.status }))
            }
            Ok(answer) => {
                // A statement's errors have no meanings of their own; a fault of the set-up reads alike on every question.
                let error = ErrorAnswer::of(Call::QueryRefund, received.status, answer.body());
                let expired = self.has_expired(certificate);
                let why = judgement::statement_not_told(&error, request.day, signed_at, expired);
                (why, Outcome::Error { answer: error, signed: signed_at.is_some() })
            }
        };
        let said = said::in_words(received, &outcome);
        NoStatement { why, evidence: evidence::of_answer(received, &said, Some(certificate)) }
    }
}

fn doubtful(violation: Violation) -> Outcome<()> {
    Outcome::Unproven(Doubt::Violation(violation))
}

/// Why a statement is not taken.
#[derive(Debug, thiserror::Error)]
enum NotTaken {
    #[error(transparent)]
    Statement(#[from] StatementError),
    #[error("its first row is about another merchant id or day")]
    OfAnother,
    #[error("the process is ending")]
    Ending(#[from] JoinError),
}

/// The statement in a genuine text, if it answers `request`: a statement's signature does not say what was asked.
fn answering(
    request: &StatementRequest,
    text: Vec<u8>,
    evidence: Evidence,
) -> Result<DayStatement, NotTaken> {
    let statement = DayStatement::read(request.day, text, evidence)?;
    match statement.rows().next() {
        Some(Ok(row)) if !request.is_about(&row) => Err(NotTaken::OfAnother),
        _ => Ok(statement),
    }
}
