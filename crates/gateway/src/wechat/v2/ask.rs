//! Asking. Nothing at WeChat Pay changes by it.

use refunds::owner::{Fact, Question};

use super::line::V2Line;

impl V2Line {
    /// Asks `question` once and says what came back: [`Fact::Asked`], [`Fact::OrderAsked`], [`Fact::Listed`] or [`Fact::Probed`],
    /// always.
    pub(crate) async fn ask(&self, question: &Question) -> Fact {
        match question {
            Question::Refund { refund, upstream_no, wire: _, sub_mchid, currency, order, asked_at } => {
                let (outcome, evidence) =
                    self.ask_refund(upstream_no, sub_mchid.as_ref(), *currency, order.as_ref()).await;
                // An answer over V2 bears no time.
                Fact::Asked { refund: refund.clone(), asked_at: *asked_at, outcome, evidence }
            }
            Question::Order { order, sub_mchid, names, currency } => {
                let outcome = self.ask_order(sub_mchid.as_ref(), names, *currency).await;
                Fact::OrderAsked { order: order.clone(), outcome }
            }
            Question::RefundsOf { order, sub_mchid, names, currency, offset, asked_at } => {
                let outcome = self.ask_refunds(sub_mchid.as_ref(), names, *currency, *offset).await;
                Fact::Listed { order: order.clone(), offset: *offset, asked_at: *asked_at, outcome }
            }
            Question::Probe => Fact::Probed(self.probe().await),
        }
    }
}
