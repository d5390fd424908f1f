//! What stores that share a database tell one another, so that nobody has to wait until he looks by himself.
//!
//! Nothing is right only because a hint arrived: it may come late, twice or never. Whoever takes hints looks from time
//! to time all the same.

use refunds::key::RefundKey;
use wechatpay::ids::Mchid;

/// That there is something to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// Something came in that the owner of this merchant id decides about.
    Work(Mchid),
    /// Something was decided about these refunds, and is on disk.
    Decided(Vec<RefundKey>),
}
