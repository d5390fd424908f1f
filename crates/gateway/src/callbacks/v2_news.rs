//! Notifications of V2: those of payments are signed, those of refunds are not.
//!
//! That a refund's notification opens with our key is all there is to say for it, in a mode of encryption without a seal. So
//! what it claims is not kept as something known: it names a refund to ask about, and nothing else follows from it.
//! Source: [v2-notification].

use refunds::key::UpstreamNo;
use store::contract::Store;
use store::intake::{NewNotice, Noticed};
use wechatpay::ids::Mchid;
use wechatpay::v2::notification::{Posted, RefundHint};
use wechatpay::v3::caller::Merchant;

use super::not_taken::NotTaken;
use super::opening;
use super::route::Taken;
use crate::gateway::Gateway;

impl Gateway {
    /// Takes what was posted for `mchid`. It comes back when what is to be kept of it is on disk.
    pub(super) async fn take_v2_news(&self, mchid: &str, body: &[u8]) -> Result<Taken, NotTaken> {
        let account = opening::account(self, mchid)?;
        let line = account.line.as_ref().ok_or(NotTaken::UnknownMerchant)?;
        let posted = Posted::parse(body)?;
        let mchid = &account.merchant.mchid;
        match &posted {
            Posted::Refund(sealed) => {
                let hint = line.open_hint(sealed).ok_or(NotTaken::UnknownMerchant)??;
                expect_named(mchid, &sealed.mchid)?;
                self.keep_hint(mchid, &hint, body).await
            }
            Posted::Payment(payment) => {
                let order = line.verify_payment(payment).ok_or(NotTaken::UnknownMerchant)??;
                expect_named(mchid, &payment.mchid)?;
                if let Some(named) = order.merchant.as_ref().map(Merchant::mchid) {
                    expect_named(mchid, named)?;
                }
                self.keep_payment_news(&account, &order, order.trade_state.is_paid()).await
            }
        }
    }

    async fn keep_hint(&self, mchid: &Mchid, hint: &RefundHint, raw: &[u8]) -> Result<Taken, NotTaken> {
        let out_refund_no = &hint.out_refund_no;
        let noticed = self
            .store
            .notice(NewNotice {
                mchid: mchid.clone(),
                id: id_of(hint),
                upstream_no: UpstreamNo::adopted(out_refund_no.clone()),
                report: None,
                raw: raw.to_vec(),
                at: self.clock.now(),
            })
            .await?;
        Ok(match noticed {
            Noticed::New => Taken::New,
            Noticed::Repeat => Taken::Repeat,
            Noticed::UnknownRefund => {
                let source = hint.request_source.as_deref();
                tracing::warn!(%mchid, %out_refund_no, source, "WeChat Pay tells of a refund that was not asked for here");
                Taken::UnknownRefund
            }
        })
    }
}

/// What tells one notification from another: V2 gives them no id, so it is what they say.
fn id_of(hint: &RefundHint) -> String {
    let at = hint.success_time.map(|at| at.as_second()).unwrap_or_default();
    format!("v2/{}/{}/{at}", hint.out_refund_no, hint.status.as_str())
}

/// The address says whose key fits, so what it opens must be about nobody else.
fn expect_named(mchid: &Mchid, found: &Mchid) -> Result<(), NotTaken> {
    match found == mchid {
        true => Ok(()),
        false => Err(NotTaken::AnotherMerchant { found: found.to_string() }),
    }
}
