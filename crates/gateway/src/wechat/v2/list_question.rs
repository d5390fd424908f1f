//! Asking which refunds an order has. Source: [v2-refund-query].

use refunds::order::OrderNames;
use refunds::outcome::ListOutcome;
use wechatpay::ids::SubMchid;
use wechatpay::money::Currency;
use wechatpay::v2::outcome::{Outcome, of_refund_page};
use wechatpay::v2::refund::query::{About, PATH, RefundQuery};
use wechatpay::v2::refund::record::RefundPage;

use super::line::{SIGN_TYPE, V2Line};
use crate::wechat::judgement::{self, RefundsOfOrder};
use crate::wechat::questions;

impl V2Line {
    pub(super) async fn ask_refunds(
        &self,
        sub_mchid: Option<&SubMchid>,
        names: &OrderNames,
        currency: Currency,
        offset: u32,
    ) -> ListOutcome {
        let Some(name) = questions::order_name(names) else { return ListOutcome::Unclear };
        let about = About::Order { order: name.clone(), offset };
        let query = RefundQuery { caller: self.caller(sub_mchid), about }.render(SIGN_TYPE);
        let heard = self
            .ask_at(PATH, &query, |received, answer| of_refund_page(&name, currency, received.status, answer))
            .await;
        match heard {
            Err(_) => ListOutcome::Unclear,
            Ok((_, outcome)) => judged(outcome, names, offset),
        }
    }
}

fn judged(outcome: Outcome<RefundPage>, known: &OrderNames, offset: u32) -> ListOutcome {
    match outcome {
        Outcome::Proven(page) => {
            let RefundPage { transaction_id, out_trade_no, total, payer_total: _, refunds, total_count } =
                page;
            let more = total_count.is_some_and(|all| questions::is_more_behind(offset, refunds.len(), all));
            let order = OrderNames { out_trade_no, transaction_id };
            judgement::refunds_told(RefundsOfOrder { order, total, refunds }, known, more)
        }
        Outcome::Unproven(_) => ListOutcome::Unclear,
        Outcome::Error { answer, signed: _ } => judgement::refunds_not_told(answer.meaning, false),
    }
}
