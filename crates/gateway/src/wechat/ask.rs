//! Asking. Nothing at WeChat Pay changes by it.

use refunds::owner::{Fact, Question};

use super::line::Line;

impl Line {
    /// Asks `question` once and says what came back: [`Fact::Asked`], [`Fact::OrderAsked`] or [`Fact::Probed`], always.
    pub async fn ask(&self, question: &Question) -> Fact {
        match question {
            Question::Refund { refund, upstream_no, sub_mchid, order, asked_at } => {
                let (outcome, evidence) =
                    self.ask_refund(upstream_no, sub_mchid.as_ref(), order.as_ref()).await;
                Fact::Asked { refund: refund.clone(), asked_at: *asked_at, outcome, evidence }
            }
            Question::Order { order, sub_mchid, names } => {
                let outcome = self.ask_order(sub_mchid.as_ref(), names).await;
                Fact::OrderAsked { order: order.clone(), outcome }
            }
            Question::Probe => Fact::Probed(self.probe().await),
        }
    }
}
