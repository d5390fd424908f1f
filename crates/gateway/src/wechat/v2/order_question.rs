//! Asking what an order is. Source: [v2-payment].

use refunds::order::OrderNames;
use refunds::outcome::OrderOutcome;
use wechatpay::ids::SubMchid;
use wechatpay::money::Currency;
use wechatpay::v2::order::call::{OrderQuery, QUERY_PATH};
use wechatpay::v2::outcome::{Outcome, of_order_query};

use super::line::{SIGN_TYPE, V2Line};
use crate::wechat::{judgement, questions};

impl V2Line {
    pub(super) async fn ask_order(
        &self,
        sub_mchid: Option<&SubMchid>,
        names: &OrderNames,
        currency: Currency,
    ) -> OrderOutcome {
        let Some(name) = questions::order_name(names) else { return OrderOutcome::Unclear };
        let query = OrderQuery { caller: self.caller(sub_mchid), order: name.clone() }.render(SIGN_TYPE);
        let heard = self
            .ask_at(QUERY_PATH, &query, |received, answer| {
                of_order_query(&name, currency, received.status, answer)
            })
            .await;
        match heard {
            Err(_) | Ok((_, Outcome::Unproven(_))) => OrderOutcome::Unclear,
            Ok((_, Outcome::Proven(order))) => judgement::order_told(order),
            Ok((_, Outcome::Error { answer, signed: _ })) => judgement::order_not_told(answer.meaning, false),
        }
    }
}
