//! A day's statement as it comes to us, and why there is none.

use refunds::outcome::{Evidence, Fault};
use wechatpay::china::ChinaDay;
use wechatpay::v3::statement::error::StatementError;
use wechatpay::v3::statement::read::{Rows, Statement};

/// Everything that was paid and refunded on one China day, as WeChat Pay tells it: its digest and signature hold, its
/// headings were understood, and its first row is about the merchant id and the day that were asked for.
///
/// It holds the whole text; rows are read from it one by one.
#[derive(Debug, Clone)]
pub struct DayStatement {
    day: ChinaDay,
    text: String,
    evidence: Evidence,
}

impl DayStatement {
    /// The statement of `day` in `text`, which was found genuine.
    pub(super) fn read(
        day: ChinaDay,
        text: Vec<u8>,
        evidence: Evidence,
    ) -> Result<DayStatement, StatementError> {
        let text = String::from_utf8(text).map_err(|_| StatementError::NotText)?;
        Statement::read_text(&text)?;
        Ok(DayStatement { day, text, evidence })
    }

    /// The day.
    pub fn day(&self) -> ChinaDay {
        self.day
    }

    /// Its rows in order. One that cannot be read says so and hides none after it.
    pub fn rows(&self) -> Rows<'_> {
        Statement::read_text(&self.text).expect("it was read when it came, and nobody changes it").rows()
    }

    /// What a person can look it up by.
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }
}

/// There is no statement, for a reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no statement: {why}")]
pub struct NoStatement {
    /// Why.
    pub why: WhyNone,
    /// What a person can look it up by.
    pub evidence: Evidence,
}

/// Why there is no statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WhyNone {
    /// Nothing was paid or refunded on that day. WeChat Pay signed that, at a time at which statements are there.
    #[error("nothing was paid or refunded on that day")]
    NoTrade,
    /// It is being made, or we asked too often: ask again later. Source: [operations 6.4].
    #[error("it is not ready")]
    NotYet,
    /// Statements are fetched over V3, on the global branch; nothing was sent.
    #[error("statements do not go over this merchant id's wire")]
    NotOverThisWire,
    /// We are not let in: no statement will come until that is mended.
    #[error("the set-up is refused: {0:?}")]
    Misconfigured(Fault),
    /// Nothing came that can be believed and read. Ask again.
    #[error("nothing came that can be believed and read")]
    Unclear,
}

impl NoStatement {
    pub(super) fn not_over_this_wire() -> NoStatement {
        let answer = "not sent: statements are fetched over V3 of the global branch alone";
        let evidence = Evidence { answer: Some(answer.to_owned()), ..Evidence::default() };
        NoStatement { why: WhyNone::NotOverThisWire, evidence }
    }
}
