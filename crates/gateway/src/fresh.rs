//! Fresh ids: the time in front, so that they sort by it, and randomness of the operating system behind.

use aws_lc_rs::rand;
use jiff::Timestamp;
use refunds::key::{OrderKey, RefundKey};
use store::error::StoreError;
use ulid::Ulid;
use wechatpay::ids::Mchid;

/// The operating system gives no randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gives no randomness")]
pub struct NoRandomness;

impl From<NoRandomness> for StoreError {
    fn from(error: NoRandomness) -> StoreError {
        StoreError::Busy { why: error.to_string() }
    }
}

/// A ULID of `now`, 26 characters.
pub fn ulid(now: Timestamp) -> Result<String, NoRandomness> {
    let mut random = [0; 16];
    rand::fill(&mut random).map_err(|_| NoRandomness)?;
    let milliseconds = u64::try_from(now.as_millisecond()).unwrap_or(0);
    Ok(Ulid::from_parts(milliseconds, u128::from_be_bytes(random)).to_string())
}

/// The key of a refund of `mchid` that is new at `now`.
pub fn refund_key(mchid: &Mchid, now: Timestamp) -> Result<RefundKey, NoRandomness> {
    let ulid = ulid(now)?;
    Ok(RefundKey::new(mchid, &ulid).expect("a merchant id and a ULID make a key"))
}

/// The key of an order of `mchid` that is new at `now`.
pub fn order_key(mchid: &Mchid, now: Timestamp) -> Result<OrderKey, NoRandomness> {
    let ulid = ulid(now)?;
    Ok(OrderKey::new(mchid, &ulid).expect("a merchant id and a ULID make a key"))
}
