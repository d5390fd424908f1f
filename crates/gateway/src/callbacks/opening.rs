//! From bytes to a notification of V3 that is about this merchant id.

use std::sync::Arc;

use axum::http::HeaderMap;
use wechatpay::ids::Mchid;
use wechatpay::v3::caller::Merchant;
use wechatpay::v3::notification::{News, Notification};

use super::not_taken::NotTaken;
use crate::gateway::Gateway;
use crate::merchants::account::Account;

/// A notification that WeChat Pay made for this merchant id.
pub(super) struct Opened {
    pub(super) account: Arc<Account>,
    pub(super) notification: Notification,
}

/// Verifies and opens what was posted for `mchid`.
///
/// One key of the platform signs for all merchants, so a signature alone does not tell whom a message is for: it must open
/// with this merchant's APIv3 key and name this merchant. Source: [official-skills].
pub(super) async fn open(
    gateway: &Gateway,
    mchid: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Opened, NotTaken> {
    let account = account(gateway, mchid)?;
    let line = account.line.clone().ok_or(NotTaken::UnknownMerchant)?;
    let verified = line.verify(headers, body).await.ok_or(NotTaken::UnknownMerchant)??;
    let key = line.api_v3_key().ok_or(NotTaken::UnknownMerchant)?;
    let notification = Notification::open(line.region(), &verified, key)?;
    let mchid = &account.merchant.mchid;
    let named = match &notification.news {
        News::Refund(news) => news.merchant.as_ref(),
        News::Payment(order) => order.merchant.as_ref(),
        News::Other => None,
    };
    match named.map(Merchant::mchid) {
        Some(found) if found != mchid => Err(NotTaken::AnotherMerchant { found: found.to_string() }),
        _ => Ok(Opened { account, notification }),
    }
}

/// The merchant id that an address names.
pub(super) fn account(gateway: &Gateway, mchid: &str) -> Result<Arc<Account>, NotTaken> {
    let mchid = Mchid::parse(mchid).map_err(|_| NotTaken::UnknownMerchant)?;
    gateway.merchants.get(&mchid).ok_or(NotTaken::UnknownMerchant)
}
