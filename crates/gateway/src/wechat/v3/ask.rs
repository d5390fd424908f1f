//! Asking. Nothing at WeChat Pay changes by it.

use refunds::owner::{Fact, Question};

use super::line::V3Line;
use super::refund_question::Heard;

impl V3Line {
    /// Asks `question` once and says what came back: [`Fact::Asked`], [`Fact::OrderAsked`], [`Fact::Listed`] or [`Fact::Probed`],
    /// always.
    pub(crate) async fn ask(&self, question: &Question) -> Fact {
        match question {
            Question::Refund { refund, upstream_no, wire: _, sub_mchid, currency: _, order, asked_at } => {
                let Heard { outcome, evidence, signed_at } =
                    self.ask_refund(upstream_no, sub_mchid.as_ref(), order.as_ref()).await;
                let asked_at = signed_at.map_or(*asked_at, |signed_at| signed_at.min(*asked_at));
                Fact::Asked { refund: refund.clone(), asked_at, outcome, evidence }
            }
            Question::Order { order, sub_mchid, names, currency: _ } => {
                let outcome = self.ask_order(sub_mchid.as_ref(), names).await;
                Fact::OrderAsked { order: order.clone(), outcome }
            }
            Question::RefundsOf { order, sub_mchid, names, currency: _, offset, asked_at } => {
                let outcome = self.ask_refunds(sub_mchid.as_ref(), names, *offset).await;
                Fact::Listed { order: order.clone(), offset: *offset, asked_at: *asked_at, outcome }
            }
            Question::Probe => Fact::Probed(self.probe().await),
        }
    }
}
