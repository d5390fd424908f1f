//! What is kept of a payment's news: facts of the order that nobody can say better.

use refunds::order::{OrderFacts, OrderNames, Source};
use store::contract::Store;
use store::error::StoreError;
use store::intake::{NewPayment, Reported};
use store::merchant::Mode;
use wechatpay::v3::caller::Merchant;
use wechatpay::v3::order::record::Order;

use super::not_taken::NotTaken;
use super::route::Taken;
use crate::fresh;
use crate::gateway::Gateway;
use crate::merchants::account::Account;

impl Gateway {
    /// Keeps what verified news tell of a paid order, if what they are called `agrees` with it. It comes back when that is on
    /// disk.
    pub(super) async fn keep_payment_news(
        &self,
        account: &Account,
        order: &Order,
        agrees: bool,
    ) -> Result<Taken, NotTaken> {
        let mchid = &account.merchant.mchid;
        if !agrees {
            tracing::warn!(%mchid, out_trade_no = %order.out_trade_no, "a payment's notification tells of no payment");
            return Ok(Taken::Contradicting);
        }
        let sub_mchid = order.merchant.as_ref().and_then(Merchant::sub_mchid).cloned();
        let must_name_sub = account.merchant.mode == Mode::Institution;
        let (Some(amount), true) = (&order.amount, sub_mchid.is_some() || !must_name_sub) else {
            return Err(NotTaken::OrderNotInFull);
        };
        let at = self.clock.now();
        let reported = self
            .store
            .report_payment(NewPayment {
                mchid: mchid.clone(),
                sub_mchid,
                names: OrderNames {
                    out_trade_no: Some(order.out_trade_no.clone()),
                    transaction_id: order.transaction_id.clone(),
                },
                facts: OrderFacts {
                    total: amount.total,
                    payer_total: amount.payer_total,
                    paid_at: order.success_time,
                    bank_type: order.bank_type.clone(),
                },
                source: Source::Platform,
                order_key: fresh::order_key(mchid, at).map_err(StoreError::from)?,
                at,
            })
            .await?;
        Ok(match reported {
            Reported::New => Taken::New,
            Reported::Same => Taken::Repeat,
            Reported::Refused(refusal) => {
                tracing::error!(
                    %mchid, out_trade_no = %order.out_trade_no, ?refusal,
                    "WeChat Pay tells of a payment otherwise than it did before"
                );
                Taken::Contradicting
            }
        })
    }
}
