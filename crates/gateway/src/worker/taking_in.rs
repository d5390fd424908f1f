//! Taking in refunds that a restored store does not know. It is intake like any other, and needs no ownership.

use refunds::intake::{Admission, Command, NewRefund};
use refunds::owner::FoundRefunds;
use refunds::refund::State;
use store::contract::{Answer, Store as _};
use store::intake::Admitted;
use wechatpay::ids::Mchid;

use crate::clock::kept;
use crate::fresh;
use crate::gateway::Gateway;
use crate::wechat::submission::{self, Asked};

/// Takes in those of `found` that the store does not know.
pub(super) async fn take_in(gateway: &Gateway, mchid: &Mchid, found: &FoundRefunds) -> Answer<()> {
    let Some(account) = gateway.merchants.get(mchid) else { return Ok(()) };
    let merchant = &account.merchant;
    for listed in &found.refunds {
        let number = &listed.upstream_no;
        let Some(request) = found.request(mchid, merchant.number_form, listed) else {
            tracing::info!(%mchid, %number, "a refund that WeChat Pay lists has no number of ours: another system made it");
            continue;
        };
        let asked = Asked {
            identity: &request.identity,
            number,
            order: request.order.clone(),
            amount: request.amount,
            total: request.total,
            reason: None,
        };
        let bytes = match submission::render(asked, merchant, gateway.settings.public_url.as_deref()) {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::error!(%mchid, %number, %error, "a refund that WeChat Pay lists cannot be one of ours, and is left alone");
                continue;
            }
        };
        let now = kept(gateway.clock.now());
        let new = NewRefund {
            key: fresh::refund_key(mchid, now)?,
            order_key: fresh::order_key(mchid, now)?,
            upstream_no: number.clone(),
            request,
            bytes,
            at: now,
        };
        let Admitted { admission, stored } = gateway.store.admit(new).await?;
        match (admission, stored) {
            (Admission::Admitted { refund, .. }, _) => {
                tracing::warn!(
                    %mchid, %number, refund = %refund.key,
                    "a refund that the backup did not know was found at WeChat Pay"
                );
            }
            (Admission::Refused(refusal), _) => {
                tracing::error!(
                    %mchid, %number, ?refusal,
                    "a refund that WeChat Pay lists is not of the order as it is known, and is left alone"
                );
            }
            // Late news: it was given up here, and WeChat Pay has it.
            (Admission::Replay, Some(stored))
                if matches!(stored.state, State::Rejected(_) | State::Cancelled(_)) =>
            {
                gateway.store.command(mchid, &stored.key, Command::Check, now).await?;
            }
            // It is known: under its number, or under another one by which it was taken over from another system. The rest is said
            // of requests that somebody made.
            (
                Admission::Replay | Admission::UpstreamNoUsed | Admission::Completed | Admission::Conflict(_),
                _,
            ) => {}
        }
    }
    Ok(())
}
