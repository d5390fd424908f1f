//! What is kept of a refund's news.

use refunds::key::UpstreamNo;
use refunds::outcome::{Report, Standing};
use store::contract::Store;
use store::intake::{NewNotice, Noticed};
use wechatpay::v3::notification::{Notification, RefundNews};

use super::not_taken::NotTaken;
use super::route::Taken;
use crate::gateway::Gateway;
use crate::merchants::account::Account;
use crate::wechat::judgement;

impl Gateway {
    /// Keeps the news and the bytes they came in. It comes back when they are on disk.
    pub(super) async fn keep_refund_news(
        &self,
        account: &Account,
        notification: &Notification,
        news: &RefundNews,
        raw: &[u8],
    ) -> Result<Taken, NotTaken> {
        let mchid = &account.merchant.mchid;
        let noticed = self
            .store
            .notice(NewNotice {
                mchid: mchid.clone(),
                id: notification.id.clone(),
                upstream_no: UpstreamNo::adopted(news.out_refund_no.clone()),
                report: Some(report(news, notification.agrees())),
                raw: raw.to_vec(),
                at: self.clock.now(),
            })
            .await?;
        let out_refund_no = &news.out_refund_no;
        if !notification.agrees() {
            tracing::warn!(%mchid, %out_refund_no, id = notification.id, "a notification contradicts itself");
        }
        Ok(match noticed {
            Noticed::New => Taken::New,
            Noticed::Repeat => Taken::Repeat,
            Noticed::UnknownRefund => {
                tracing::warn!(
                    %mchid, %out_refund_no, refund_id = %news.refund_id,
                    "WeChat Pay tells of a refund that was not asked for here"
                );
                Taken::UnknownRefund
            }
        })
    }
}

/// What the news say. Those that contradict themselves, or use a word nobody has documented, say no more than that there is
/// something to ask about. Source: [global-refund-notification], \[inferred\].
fn report(news: &RefundNews, agrees: bool) -> Report {
    let standing = judgement::standing(&news.status).filter(|_| agrees);
    let is_told = standing.is_some();
    Report {
        standing: standing.unwrap_or(Standing::Processing),
        refund_id: news.refund_id.clone(),
        amount: news.amount.refund,
        accepted_at: None,
        payer_refund: news.amount.payer_refund,
        succeeded_at: news.success_time.filter(|_| is_told),
        received_in: news.recv_account.clone().filter(|_| is_told),
    }
}
